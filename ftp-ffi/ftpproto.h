/*
 * libftpproto: FTP (RFC 959 and its extensions) for programs in C and C++.
 *
 * There are two levels. Sessions without I/O (`ftp_client_*`, `ftp_server_*`) are state machines
 * that the program drives from its own loop, be it epoll, libuv or a game's. Ready to use are a
 * client that blocks and a server that runs by itself (`ftp_ready_*`), TLS included.
 *
 * What holds for every function:
 *
 * - Most give an `ftp_result`: `FTP_OK`, or why nothing was done. The last call on a handle that
 *   failed has left a sentence for a person in `ftp_<type>_last_error`.
 * - Handles are opaque. What `ftp_<type>_new` gives is freed by `ftp_<type>_free`, once; NULL may be
 *   freed too. NULL in place of another handle gives `FTP_ERROR_NULL`.
 * - Texts are a pointer and a length, need no NUL at their end, and need not be UTF-8. NULL with a
 *   length of 0 is no text, where the function says that a text can be left out.
 * - What an `ftp_slice` points to belongs to the library, and stays until the next call with the
 *   same handle unless the function says otherwise.
 * - Enumerations come in as `int32_t`; a number that is none of theirs gives `FTP_ERROR_ENUM`.
 * - A pointer to where a result is to be written must be valid; NULL gives `FTP_ERROR_NULL` unless
 *   the function says that it may be NULL.
 * - A handle may be used by any thread, but by one at a time: a call while another is under way
 *   gives `FTP_ERROR_IN_USE`, and does nothing. Different handles have nothing to do with each other.
 * - A fault within the library gives `FTP_ERROR_PANIC`, and the handle can only be freed then.
 * - Times are `uint64_t` microseconds, of any monotonic clock; durations too.
 */

#ifndef FTPPROTO_H
#define FTPPROTO_H

/* Made of the Rust sources by `FTP_WRITE_HEADER=1 cargo test -p ftp-ffi --test header`. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FTP_VERSION "0.1.0"
#define FTP_VERSION_MAJOR 0
#define FTP_VERSION_MINOR 1
#define FTP_VERSION_PATCH 0

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

/**
 * How a call, an operation or a session ended. The numbers are fixed: none changes its meaning, and
 * new ones may come.
 *
 */
enum ftp_result
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It went well.
   */
  FTP_OK = 0,
  /**
   * A pointer is NULL that must not be.
   *
   * 1 to 16: misuse: nothing has changed, and nothing was sent.
   */
  FTP_ERROR_NULL = 1,
  /**
   * A number is none of the enumeration that it is meant to be of.
   */
  FTP_ERROR_ENUM = 2,
  /**
   * The library has a fault: what was called did not come to its end. Every later call on the same
   * handle gives `FTP_ERROR_POISONED`; freeing it is all that is left.
   */
  FTP_ERROR_PANIC = 3,
  /**
   * An earlier call on this handle gave `FTP_ERROR_PANIC`.
   */
  FTP_ERROR_POISONED = 4,
  /**
   * Another call on this handle is under way, in another thread or above this one.
   */
  FTP_ERROR_IN_USE = 5,
  /**
   * A number is out of its range, or an address is none.
   */
  FTP_ERROR_RANGE = 6,
  /**
   * A text holds CR, LF or NUL, or another byte that it must not hold.
   */
  FTP_ERROR_FORBIDDEN_BYTE = 7,
  /**
   * A text is empty, or shorter than it may be.
   */
  FTP_ERROR_EMPTY = 8,
  /**
   * A text is longer than it may be.
   */
  FTP_ERROR_TOO_LONG = 9,
  /**
   * As many operations wait as the limit allows.
   */
  FTP_ERROR_QUEUE_FULL = 10,
  /**
   * The command changes the session and has a function of its own.
   */
  FTP_ERROR_NOT_RAW = 11,
  /**
   * The session has ended.
   */
  FTP_ERROR_ENDED = 12,
  /**
   * No such question was asked, or it was answered.
   */
  FTP_ERROR_NOT_ASKED = 13,
  /**
   * The question asks for an answer of another kind.
   */
  FTP_ERROR_WRONG_ANSWER = 14,
  /**
   * The buffer has too little room; how much is needed was told.
   */
  FTP_ERROR_BUFFER_TOO_SMALL = 15,
  /**
   * There is no such thing here: transfer parameters that no codec has, or what this build left
   * out.
   */
  FTP_ERROR_UNSUPPORTED = 16,
  /**
   * The bytes cannot be read as what they should be.
   *
   * 20 to 25: bytes that are not what they should be.
   */
  FTP_ERROR_DECODE = 20,
  /**
   * The network protocol of an address is not known (RFC 2428 §2: 522).
   */
  FTP_ERROR_FAMILY = 21,
  /**
   * A listing has more entries than its reader allows.
   */
  FTP_ERROR_TOO_MANY_ENTRIES = 22,
  /**
   * A listing has more bytes than its reader allows.
   */
  FTP_ERROR_TOO_MANY_BYTES = 23,
  /**
   * The data connection ended before the file did.
   */
  FTP_ERROR_TRUNCATED = 24,
  /**
   * The data is not as the transfer mode asks.
   */
  FTP_ERROR_MALFORMED = 25,
  /**
   * The server sent what is no reply.
   *
   * 40 to 50: the server broke the protocol, went silent or went away: a client session is over, every later
   * poll gives the same, and the driver drops every socket.
   */
  FTP_ERROR_NO_REPLY = 40,
  /**
   * A reply came that no command had asked for.
   */
  FTP_ERROR_UNSOLICITED = 41,
  /**
   * A command got more preliminary replies than the limit allows.
   */
  FTP_ERROR_TOO_MANY_PRELIMINARY = 42,
  /**
   * The server said 421: it closes the control connection.
   */
  FTP_ERROR_CLOSING = 43,
  /**
   * The server's greeting was a refusal.
   */
  FTP_ERROR_CONNECTION_REFUSED = 44,
  /**
   * The server refused TLS, which is required.
   */
  FTP_ERROR_TLS_REFUSED = 45,
  /**
   * The control connection could not be brought under TLS, or out of it.
   */
  FTP_ERROR_TLS_FAILED = 46,
  /**
   * Behind the reply to AUTH came bytes in clear, which may be anybody's.
   */
  FTP_ERROR_CLEAR_BYTES = 47,
  /**
   * The control connection ended while something was expected.
   */
  FTP_ERROR_CLOSED = 48,
  /**
   * The server was silent too long.
   */
  FTP_ERROR_TIMED_OUT = 49,
  /**
   * The server does not take what is sent to it.
   */
  FTP_ERROR_SEND_TIMED_OUT = 50,
  /**
   * The server said no before anything was transferred.
   *
   * 60 to 79: an operation gave nothing; the session goes on.
   */
  FTP_ERROR_REFUSED = 60,
  /**
   * The server said that the transfer failed, whatever had been transferred.
   */
  FTP_ERROR_FAILED = 61,
  /**
   * A reply of a kind that the command does not have.
   */
  FTP_ERROR_UNEXPECTED = 62,
  /**
   * A reply of the right kind whose text cannot be read.
   */
  FTP_ERROR_UNREADABLE = 63,
  /**
   * The server asks for a password, and none was given.
   */
  FTP_ERROR_PASSWORD_NEEDED = 64,
  /**
   * The server asks for an account, and none was given.
   */
  FTP_ERROR_ACCOUNT_NEEDED = 65,
  /**
   * No data connection could be opened, by any of the ways allowed.
   */
  FTP_ERROR_NO_DATA_CONNECTION = 66,
  /**
   * The data connection broke.
   */
  FTP_ERROR_DATA_LOST = 67,
  /**
   * The file on this side could not be read or written.
   */
  FTP_ERROR_LOCAL = 68,
  /**
   * No byte moved for too long.
   */
  FTP_ERROR_STALLED = 69,
  /**
   * Fewer bytes came than the file has.
   */
  FTP_ERROR_SHORT = 70,
  /**
   * The control connection is in clear, and TLS is required.
   */
  FTP_ERROR_NOT_PROTECTED = 71,
  /**
   * The application ended it.
   */
  FTP_ERROR_ABORTED = 72,
  /**
   * A failure that this version of the library has no number for; its text tells.
   */
  FTP_ERROR_OTHER = 79,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_result ftp_result;
#else
typedef int32_t ftp_result;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Bytes that belong to the library: a text, a path, a part of a file. They are not followed by a
 * NUL and may hold any byte; paths need not be UTF-8. They stay until the next call with the
 * handle that they came from, unless its function says otherwise. `data` is NULL where there is
 * nothing to tell, which is not the same as an empty text.
 */
typedef struct ftp_slice {
  /**
   * The first byte.
   */
  const char *data;
  /**
   * How many bytes.
   */
  size_t len;
} ftp_slice;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * What a result means, in a few words of English that end in NUL and are never freed. Any number
 * may be given.
 */
const char *ftp_result_string(int32_t result);

/**
 * The version of the library that is linked, as in `"0.1.0"`. `FTP_VERSION` is that of the header.
 */
const char *ftp_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* FTPPROTO_H */


