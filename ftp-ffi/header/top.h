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
