
/** A deadline that never comes, and a duration without end. */
#define FTP_NEVER UINT64_MAX
/** A size that is not known. */
#define FTP_UNKNOWN UINT64_MAX

/** A literal as the pointer and the length that functions ask for. */
#define FTP_TEXT(literal) (literal), (sizeof(literal) - 1)

/* A program that links the library with sessions alone defines FTP_SESSIONS_ONLY. */
#ifndef FTP_SESSIONS_ONLY
#define FTP_IO 1
#define FTP_TLS 1
#endif
