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
 * The user may see names and facts.
 */
#define FTP_PERMISSION_LIST 1

/**
 * The user may read files.
 */
#define FTP_PERMISSION_READ 2

/**
 * The user may create and change files, and their times.
 */
#define FTP_PERMISSION_WRITE 4

/**
 * The user may delete files and directories.
 */
#define FTP_PERMISSION_DELETE 8

/**
 * The user may rename.
 */
#define FTP_PERMISSION_RENAME 16

/**
 * The user may make directories.
 */
#define FTP_PERMISSION_MAKE 32

/**
 * The user may list and read.
 */
#define FTP_PERMISSION_READ_ONLY 3

/**
 * The user may do everything.
 */
#define FTP_PERMISSION_READ_WRITE 63

/**
 * A storage can write behind what is there. (APPE)
 */
#define FTP_ABILITY_APPEND 1

/**
 * A storage can read and write from an offset. (REST)
 */
#define FTP_ABILITY_RESUME 2

/**
 * A storage can make a name that no other file has. (STOU)
 */
#define FTP_ABILITY_UNIQUE 4

/**
 * A storage can set the time of modification. (MFMT)
 */
#define FTP_ABILITY_SET_MODIFIED 8

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
  /**
   * * The address is none of FTP's.
   * *
   * * 80 to 88: what only the ready client and server meet.
   */
  FTP_ERROR_URL = 80,
  /**
   * The host's name cannot be turned into an address. 
   */
  FTP_ERROR_RESOLVE = 81,
  /**
   * No control connection can be made. 
   */
  FTP_ERROR_CONNECT = 82,
  /**
   * The operating system refused something; the text tells what. 
   */
  FTP_ERROR_SYSTEM = 83,
  /**
   * TLS cannot be set up: a certificate, a key or a name is not usable. 
   */
  FTP_ERROR_TLS = 84,
  /**
   * What is to be completed is larger than what it should be a part of: it is another file. 
   */
  FTP_ERROR_LARGER_THAN_SOURCE = 85,
  /**
   * After a resumed upload the server has another size than it should. 
   */
  FTP_ERROR_SIZE_DIFFERS = 86,
  /**
   * The client is not connected, or the server has not been started. 
   */
  FTP_ERROR_NOT_CONNECTED = 87,
  /**
   * The server has been started already. 
   */
  FTP_ERROR_STARTED = 88,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_result ftp_result;
#else
typedef int32_t ftp_result;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The kinds of output. A program that meets a kind it does not know ends the session.
 */
enum ftp_output_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing more for now: wait for input, for an answer, or until the deadline. (`wait`)
   */
  FTP_OUTPUT_KIND_WAIT = 0,
  /**
   * Write these bytes to the control connection, then tell `..._sent` how many were taken. The
   * rest is offered again. (`send`)
   */
  FTP_OUTPUT_KIND_SEND = 1,
  /**
   * The same for one byte, as TCP urgent data where the socket can (`MSG_OOB`): the Data Mark of
   * the Telnet Synch before ABOR (RFC 959 §4.1.3). (`send`)
   */
  FTP_OUTPUT_KIND_SEND_URGENT = 2,
  /**
   * Tell the application. (`client` or `server`)
   */
  FTP_OUTPUT_KIND_EVENT = 3,
  /**
   * Open the data connection by connecting; answer with `..._handle_data_connected` or
   * `..._handle_data_failed`. (`connect_data`)
   */
  FTP_OUTPUT_KIND_CONNECT_DATA = 4,
  /**
   * Reserve an address to listen on; answer with `..._handle_data_listening` or
   * `..._handle_data_failed`. (`listen_data`)
   */
  FTP_OUTPUT_KIND_LISTEN_DATA = 5,
  /**
   * The connection is wanted now: accept at the reserved address, and ask
   * `..._handle_data_accepted` about every connection that comes, until it is to be kept.
   * (`accept_data`)
   */
  FTP_OUTPUT_KIND_ACCEPT_DATA = 6,
  /**
   * Move the bytes between the data connection and a file; answer with exactly one
   * `..._handle_data_ended`, unless `FTP_OUTPUT_KIND_CLOSE_DATA` comes first. (`move_data`)
   */
  FTP_OUTPUT_KIND_MOVE_DATA = 7,
  /**
   * The last word on this data connection, exactly once, also behind a clean end: what is still
   * running ends here, and is not answered. (`close_data`)
   */
  FTP_OUTPUT_KIND_CLOSE_DATA = 8,
  /**
   * Begin a TLS handshake on the control connection. What was read in clear and not handed over
   * goes to `..._handle_input` first. Answer with `..._handle_tls_established` or
   * `..._handle_tls_failed`.
   */
  FTP_OUTPUT_KIND_START_TLS = 9,
  /**
   * End TLS on the control connection and go on in clear: send close_notify and wait for the
   * peer's. Answer with `..._handle_tls_stopped` or `..._handle_tls_failed`.
   */
  FTP_OUTPUT_KIND_STOP_TLS = 10,
  /**
   * Close the control connection, under TLS with close_notify. Nothing follows.
   */
  FTP_OUTPUT_KIND_CLOSE = 11,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_output_kind ftp_output_kind;
#else
typedef int32_t ftp_output_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Who opens the data connection, said of the server's part (RFC 959 §3.2).
 */
enum ftp_data_mode
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The client listens and the server connects (PORT, EPRT).
   */
  FTP_DATA_MODE_ACTIVE = 0,
  /**
   * The server listens and the client connects (PASV, EPSV).
   */
  FTP_DATA_MODE_PASSIVE = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_data_mode ftp_data_mode;
#else
typedef int32_t ftp_data_mode;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Which way file bytes go, seen from this machine.
 */
enum ftp_direction
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * From here to the peer.
   */
  FTP_DIRECTION_SEND = 0,
  /**
   * From the peer to here.
   */
  FTP_DIRECTION_RECEIVE = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_direction ftp_direction;
#else
typedef int32_t ftp_direction;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whether a data connection is protected (RFC 2228 §3, PROT).
 */
enum ftp_protection
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Bytes cross it in clear.
   */
  FTP_PROTECTION_CLEAR = 0,
  /**
   * Bytes cross it under TLS.
   */
  FTP_PROTECTION_PRIVATE = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_protection ftp_protection;
#else
typedef int32_t ftp_protection;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How to part from a data connection.
 */
enum ftp_closing
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * An ordinary close: everything that was sent is whole.
   */
  FTP_CLOSING_ORDERLY = 0,
  /**
   * Abort the connection (a zero linger time), so that the peer of an upload cut short cannot
   * take what it has for the whole file.
   */
  FTP_CLOSING_RESET = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_closing ftp_closing;
#else
typedef int32_t ftp_closing;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What happened.
 */
enum ftp_client_event_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The server greeted. Where TLS is to follow this came in clear, and may have come from anybody.
   */
  FTP_CLIENT_EVENT_KIND_GREETING = 0,
  /**
   * The control connection is under TLS.
   */
  FTP_CLIENT_EVENT_KIND_SECURED = 1,
  /**
   * The server refused TLS, and the session goes on in clear as `FTP_CLIENT_TLS_IF_OFFERED` allows.
   */
  FTP_CLIENT_EVENT_KIND_NOT_SECURED = 2,
  /**
   * A transfer has begun: the server's 1yz reply. Once more for a transfer that is tried again.
   */
  FTP_CLIENT_EVENT_KIND_STARTED = 3,
  /**
   * An operation has ended. Nothing more comes of it.
   */
  FTP_CLIENT_EVENT_KIND_DONE = 4,
  /**
   * A command went out, its secrets as `****`; when the dialogue is shown.
   */
  FTP_CLIENT_EVENT_KIND_SENT = 5,
  /**
   * A reply came in; when the dialogue is shown.
   */
  FTP_CLIENT_EVENT_KIND_RECEIVED = 6,
  /**
   * Something that this version has no word for.
   */
  FTP_CLIENT_EVENT_KIND_OTHER = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_client_event_kind ftp_client_event_kind;
#else
typedef int32_t ftp_client_event_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What an operation gave.
 */
enum ftp_outcome
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing: it failed, or has not ended.
   */
  FTP_OUTCOME_NONE = 0,
  /**
   * The server's completion reply, where that is all.
   */
  FTP_OUTCOME_REPLY = 1,
  /**
   * A path, as the server wrote it.
   */
  FTP_OUTCOME_PATH = 2,
  /**
   * A size in bytes.
   */
  FTP_OUTCOME_SIZE = 3,
  /**
   * A time of modification, UTC.
   */
  FTP_OUTCOME_MODIFIED = 4,
  /**
   * Facts about one file or directory.
   */
  FTP_OUTCOME_ENTRY = 5,
  /**
   * What the server can do: see `ftp_client_feature`.
   */
  FTP_OUTCOME_FEATURES = 6,
  /**
   * A transfer is whole.
   */
  FTP_OUTCOME_TRANSFER = 7,
  /**
   * The server closed the control connection in place of a reply to QUIT.
   */
  FTP_OUTCOME_CLOSED = 8,
  /**
   * Something that this version has no word for.
   */
  FTP_OUTCOME_OTHER = 9,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_outcome ftp_outcome;
#else
typedef int32_t ftp_outcome;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a TLS handshake came to its end.
 */
enum ftp_handshake
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It began anew, with certificates.
   */
  FTP_HANDSHAKE_FULL = 0,
  /**
   * It resumed an earlier session: on a data connection, as far as the driver can tell, the
   * control connection's.
   */
  FTP_HANDSHAKE_RESUMED = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_handshake ftp_handshake;
#else
typedef int32_t ftp_handshake;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A command by which client and server agree on a data connection.
 */
enum ftp_way
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * None: the server answered without a data connection (an empty directory).
   */
  FTP_WAY_NONE = 0,
  /**
   * Passive, the server tells a port.
   */
  FTP_WAY_EPSV = 1,
  /**
   * Passive, the server tells an IPv4 address and a port.
   */
  FTP_WAY_PASV = 2,
  /**
   * Active, this side tells an address of either family.
   */
  FTP_WAY_EPRT = 3,
  /**
   * Active, this side tells an IPv4 address.
   */
  FTP_WAY_PORT = 4,
  /**
   * Passive, the server tells an address of either family (RFC 1639).
   */
  FTP_WAY_LPSV = 5,
  /**
   * Active, this side tells an address of either family (RFC 1639).
   */
  FTP_WAY_LPRT = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_way ftp_way;
#else
typedef int32_t ftp_way;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The form of a listing.
 */
enum ftp_listing_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It is no listing.
   */
  FTP_LISTING_KIND_NONE = 0,
  /**
   * MLSD: facts (RFC 3659 §7).
   */
  FTP_LISTING_KIND_MACHINE = 1,
  /**
   * LIST: whatever the server writes.
   */
  FTP_LISTING_KIND_NATIVE = 2,
  /**
   * NLST: names alone.
   */
  FTP_LISTING_KIND_NAMES = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_listing_kind ftp_listing_kind;
#else
typedef int32_t ftp_listing_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What happened, or is asked.
 */
enum ftp_server_event_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Are these credentials good, and for what? `ftp_server_answer_granted`.
   */
  FTP_SERVER_EVENT_KIND_AUTHENTICATE = 0,
  /**
   * Does this certificate stand for the user without a password? A denial leads to the password,
   * and counts as no refusal. `ftp_server_answer_granted`.
   */
  FTP_SERVER_EVENT_KIND_IDENTIFY = 1,
  /**
   * What is at this path? `ftp_server_answer_entry`.
   */
  FTP_SERVER_EVENT_KIND_METADATA = 2,
  /**
   * Open a file for reading. `ftp_server_answer_opened`.
   */
  FTP_SERVER_EVENT_KIND_OPEN_READ = 3,
  /**
   * Open a file for writing; with `FTP_PLACEMENT_UNIQUE` the path is a name to start from.
   * `ftp_server_answer_opened`.
   */
  FTP_SERVER_EVENT_KIND_OPEN_WRITE = 4,
  /**
   * Open the listing of a directory, or of the one entry of a file. `ftp_server_answer_opened`.
   */
  FTP_SERVER_EVENT_KIND_OPEN_LIST = 5,
  /**
   * The data of the open upload has ended: keep it thus, and let go of it. The completion reply
   * waits for the answer. `ftp_server_answer_done`.
   */
  FTP_SERVER_EVENT_KIND_FINISH = 6,
  /**
   * Delete a file. `ftp_server_answer_done`.
   */
  FTP_SERVER_EVENT_KIND_DELETE = 7,
  /**
   * Delete an empty directory. `ftp_server_answer_done`.
   */
  FTP_SERVER_EVENT_KIND_REMOVE_DIRECTORY = 8,
  /**
   * Make a directory. `ftp_server_answer_done`.
   */
  FTP_SERVER_EVENT_KIND_MAKE_DIRECTORY = 9,
  /**
   * Rename. `ftp_server_answer_done`.
   */
  FTP_SERVER_EVENT_KIND_RENAME = 10,
  /**
   * Set the time of modification. `ftp_server_answer_done`.
   */
  FTP_SERVER_EVENT_KIND_SET_MODIFIED = 11,
  /**
   * Nobody waits any more for what this question brings: its answer is ignored, and a file or
   * listing that it opened or will open is to be let go of. A change or a `FINISH` that was begun
   * is carried out all the same.
   */
  FTP_SERVER_EVENT_KIND_CANCEL = 12,
  /**
   * A user has logged in.
   */
  FTP_SERVER_EVENT_KIND_LOGGED_IN = 13,
  /**
   * A login was refused.
   */
  FTP_SERVER_EVENT_KIND_LOGIN_REFUSED = 14,
  /**
   * The data connection of a transfer is open; bytes are about to move.
   */
  FTP_SERVER_EVENT_KIND_TRANSFER_STARTED = 15,
  /**
   * An upload ended without close_notify and counts as whole all the same.
   */
  FTP_SERVER_EVENT_KIND_UPLOAD_UNCONFIRMED = 16,
  /**
   * A transfer that had started has ended.
   */
  FTP_SERVER_EVENT_KIND_TRANSFER_ENDED = 17,
  /**
   * A command came; when the dialogue is shown.
   */
  FTP_SERVER_EVENT_KIND_COMMAND = 18,
  /**
   * A reply is being sent; when the dialogue is shown.
   */
  FTP_SERVER_EVENT_KIND_REPLY = 19,
  /**
   * The session is over, and this is why. `FTP_OUTPUT_KIND_CLOSE` follows, and nothing else.
   */
  FTP_SERVER_EVENT_KIND_CLOSED = 20,
  /**
   * Something that this version has no word for. A question among it meets its deadline.
   */
  FTP_SERVER_EVENT_KIND_OTHER = 21,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_server_event_kind ftp_server_event_kind;
#else
typedef int32_t ftp_server_event_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Where uploaded bytes go.
 */
enum ftp_placement
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * A whole new file, in place of what was there. (STOR)
   */
  FTP_PLACEMENT_WHOLE = 0,
  /**
   * From the offset on, over what is there. (REST, STOR)
   */
  FTP_PLACEMENT_AT = 1,
  /**
   * Behind what is there; a new file if nothing is. (APPE)
   */
  FTP_PLACEMENT_APPEND = 2,
  /**
   * A new file whose name no other has, in the directory of the path. (STOU)
   */
  FTP_PLACEMENT_UNIQUE = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_placement ftp_placement;
#else
typedef int32_t ftp_placement;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a listing is to be written.
 */
enum ftp_listing_style
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * As `ls -l` does, without names that begin with a dot. (LIST)
   */
  FTP_LISTING_STYLE_UNIX = 0,
  /**
   * As `ls -la` does.
   */
  FTP_LISTING_STYLE_UNIX_ALL = 1,
  /**
   * Names alone, without those that begin with a dot. (NLST)
   */
  FTP_LISTING_STYLE_NAMES = 2,
  /**
   * All names.
   */
  FTP_LISTING_STYLE_NAMES_ALL = 3,
  /**
   * Facts and a name. (MLSD, RFC 3659 §7)
   */
  FTP_LISTING_STYLE_MACHINE = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_listing_style ftp_listing_style;
#else
typedef int32_t ftp_listing_style;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How an upload ended.
 */
enum ftp_keep
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It is whole.
   */
  FTP_KEEP_WHOLE = 0,
  /**
   * It was cut short.
   */
  FTP_KEEP_PARTIAL = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_keep ftp_keep;
#else
typedef int32_t ftp_keep;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What is transferred.
 */
enum ftp_transfer_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * A file to the client. (RETR)
   */
  FTP_TRANSFER_KIND_RETRIEVE = 0,
  /**
   * A file from the client. (STOR)
   */
  FTP_TRANSFER_KIND_STORE = 1,
  /**
   * A file from the client, behind what is there. (APPE)
   */
  FTP_TRANSFER_KIND_APPEND = 2,
  /**
   * A file from the client under a new name. (STOU)
   */
  FTP_TRANSFER_KIND_STORE_UNIQUE = 3,
  /**
   * A listing to the client. (LIST, NLST, MLSD)
   */
  FTP_TRANSFER_KIND_LIST = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_transfer_kind ftp_transfer_kind;
#else
typedef int32_t ftp_transfer_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a transfer ended.
 */
enum ftp_transfer_outcome
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It is whole.
   */
  FTP_TRANSFER_OUTCOME_COMPLETE = 0,
  /**
   * No data connection could be opened in time.
   */
  FTP_TRANSFER_OUTCOME_NOT_OPENED = 1,
  /**
   * The client said ABOR.
   */
  FTP_TRANSFER_OUTCOME_ABORTED = 2,
  /**
   * No byte moved for too long.
   */
  FTP_TRANSFER_OUTCOME_STALLED = 3,
  /**
   * The data connection broke.
   */
  FTP_TRANSFER_OUTCOME_BROKEN = 4,
  /**
   * An upload under TLS ended without close_notify: it may be cut short.
   */
  FTP_TRANSFER_OUTCOME_TRUNCATED = 5,
  /**
   * The TLS handshake on the data connection failed, or was not done in time.
   */
  FTP_TRANSFER_OUTCOME_HANDSHAKE_FAILED = 6,
  /**
   * The data connection did not resume the control connection's TLS session.
   */
  FTP_TRANSFER_OUTCOME_UNPROVEN = 7,
  /**
   * This side's file failed.
   */
  FTP_TRANSFER_OUTCOME_LOCAL = 8,
  /**
   * This side has no space left.
   */
  FTP_TRANSFER_OUTCOME_NO_SPACE = 9,
  /**
   * The application refused to open the file, or to keep the whole upload.
   */
  FTP_TRANSFER_OUTCOME_DENIED = 10,
  /**
   * The application did not answer in time.
   */
  FTP_TRANSFER_OUTCOME_NOT_ANSWERED = 11,
  /**
   * The session ended first.
   */
  FTP_TRANSFER_OUTCOME_SESSION_ENDED = 12,
  /**
   * Something that this version has no word for.
   */
  FTP_TRANSFER_OUTCOME_OTHER = 13,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_transfer_outcome ftp_transfer_outcome;
#else
typedef int32_t ftp_transfer_outcome;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Why a session ended.
 */
enum ftp_close_reason
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The client said QUIT.
   */
  FTP_CLOSE_REASON_QUIT = 0,
  /**
   * The client closed the control connection.
   */
  FTP_CLOSE_REASON_CLIENT_CLOSED = 1,
  /**
   * The control connection broke.
   */
  FTP_CLOSE_REASON_LOST = 2,
  /**
   * Nobody logged in in time.
   */
  FTP_CLOSE_REASON_LOGIN_TIMED_OUT = 3,
  /**
   * No command came for too long.
   */
  FTP_CLOSE_REASON_IDLE_TIMED_OUT = 4,
  /**
   * Too many logins were refused.
   */
  FTP_CLOSE_REASON_TOO_MANY_LOGINS = 5,
  /**
   * The client did not take what was sent to it.
   */
  FTP_CLOSE_REASON_SEND_TIMED_OUT = 6,
  /**
   * The client speaks another protocol: HTTP, SSH, or TLS on a plain port.
   */
  FTP_CLOSE_REASON_NOT_FTP = 7,
  /**
   * The control connection could not be brought under TLS, or out of it.
   */
  FTP_CLOSE_REASON_TLS_FAILED = 8,
  /**
   * The same was not done in time.
   */
  FTP_CLOSE_REASON_HANDSHAKE_TIMED_OUT = 9,
  /**
   * Behind AUTH came bytes in clear, which may be anybody's.
   */
  FTP_CLOSE_REASON_CLEAR_BYTES = 10,
  /**
   * The server is being stopped.
   */
  FTP_CLOSE_REASON_STOPPED = 11,
  /**
   * Something that this version has no word for.
   */
  FTP_CLOSE_REASON_OTHER = 12,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_close_reason ftp_close_reason;
#else
typedef int32_t ftp_close_reason;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What is to be done with a connection that came to a reserved address.
 */
enum ftp_accepted
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * A stranger, or a connection nobody wants any more: close it and go on listening.
   */
  FTP_ACCEPTED_DROP = 0,
  /**
   * This is the data connection, and it is open: stop listening.
   */
  FTP_ACCEPTED_KEEP = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_accepted ftp_accepted;
#else
typedef int32_t ftp_accepted;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What is tried where AUTH TLS is refused.
 */
enum ftp_auth_fallback
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing.
   */
  FTP_AUTH_FALLBACK_NONE = 0,
  /**
   * AUTH SSL: some servers from before RFC 4217 know no other word for the same.
   */
  FTP_AUTH_FALLBACK_SSL = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_auth_fallback ftp_auth_fallback;
#else
typedef int32_t ftp_auth_fallback;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a certificate that a client has shown counts for.
 */
enum ftp_certificate_login
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Who decides about logins sees it beside the password.
   */
  FTP_CERTIFICATE_LOGIN_BESIDE = 0,
  /**
   * It is asked for first whether the certificate alone will do (232 to USER, RFC 4217 §5).
   */
  FTP_CERTIFICATE_LOGIN_ALONE = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_certificate_login ftp_certificate_login;
#else
typedef int32_t ftp_certificate_login;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What becomes of CCC (RFC 4217 §6).
 */
enum ftp_clear_control
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It is refused with 534.
   */
  FTP_CLEAR_CONTROL_REFUSED = 0,
  /**
   * It is carried out.
   */
  FTP_CLEAR_CONTROL_ALLOWED = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_clear_control ftp_clear_control;
#else
typedef int32_t ftp_clear_control;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whether and how the control connection of a client is brought under TLS.
 */
enum ftp_client_tls
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It stays in clear.
   */
  FTP_CLIENT_TLS_OFF = 0,
  /**
   * By AUTH TLS; in clear where the server refuses that. Whoever sits on the way can have it
   * refused.
   */
  FTP_CLIENT_TLS_IF_OFFERED = 1,
  /**
   * By AUTH TLS, before anything else is said; where that fails, so does the session.
   */
  FTP_CLIENT_TLS_REQUIRED = 2,
  /**
   * The server begins with TLS, on a port of its own (mostly 990).
   */
  FTP_CLIENT_TLS_IMPLICIT = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_client_tls ftp_client_tls;
#else
typedef int32_t ftp_client_tls;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * In which way a data connection ended.
 */
enum ftp_data_ending
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Receiving: the peer closed in order. Sending: all bytes are with the operating system and
   * this side has closed its half.
   */
  FTP_DATA_ENDING_COMPLETE = 0,
  /**
   * The connection was reset or broke.
   */
  FTP_DATA_ENDING_RESET = 1,
  /**
   * Receiving under TLS: the connection ended without close_notify, so that what came may be cut
   * short.
   */
  FTP_DATA_ENDING_TRUNCATED = 2,
  /**
   * The TLS handshake failed. Nothing was moved.
   */
  FTP_DATA_ENDING_HANDSHAKE_FAILED = 3,
  /**
   * At a server that requires it: the handshake did not resume the control connection's session.
   * Nothing was moved.
   */
  FTP_DATA_ENDING_UNPROVEN = 4,
  /**
   * The file on this side failed, or there was none.
   */
  FTP_DATA_ENDING_LOCAL = 5,
  /**
   * There is no space left on this side, or a quota is used up.
   */
  FTP_DATA_ENDING_NO_SPACE = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_data_ending ftp_data_ending;
#else
typedef int32_t ftp_data_ending;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Why a data connection could not be opened.
 */
enum ftp_data_failure
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Anything else.
   */
  FTP_DATA_FAILURE_OTHER = 0,
  /**
   * The peer answered that nobody listens there.
   */
  FTP_DATA_FAILURE_REFUSED = 1,
  /**
   * There is no way to the address.
   */
  FTP_DATA_FAILURE_UNREACHABLE = 2,
  /**
   * Nothing came back in time.
   */
  FTP_DATA_FAILURE_TIMED_OUT = 3,
  /**
   * No local address or port was to be had.
   */
  FTP_DATA_FAILURE_NO_ADDRESS = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_data_failure ftp_data_failure;
#else
typedef int32_t ftp_data_failure;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Who opens the data connection, and what is tried when it does not work.
 */
enum ftp_data_policy
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * This side connects: EPSV, then PASV.
   */
  FTP_DATA_POLICY_PASSIVE = 0,
  /**
   * The server connects: EPRT, then PORT.
   */
  FTP_DATA_POLICY_ACTIVE = 1,
  /**
   * Passive, and active when no passive data connection can be opened.
   */
  FTP_DATA_POLICY_AUTO = 2,
  /**
   * EPSV and no other way.
   */
  FTP_DATA_POLICY_ONLY_EPSV = 3,
  /**
   * PASV and no other way.
   */
  FTP_DATA_POLICY_ONLY_PASV = 4,
  /**
   * EPRT and no other way.
   */
  FTP_DATA_POLICY_ONLY_EPRT = 5,
  /**
   * PORT and no other way.
   */
  FTP_DATA_POLICY_ONLY_PORT = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_data_policy ftp_data_policy;
#else
typedef int32_t ftp_data_policy;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The local port of data connections in active mode (RFC 959 §3.2, §8).
 */
enum ftp_data_port
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The port below the control connection's own: 20 beside 21, 989 beside 990.
   */
  FTP_DATA_PORT_STANDARD = 0,
  /**
   * The port given.
   */
  FTP_DATA_PORT_PORT = 1,
  /**
   * Any port that is free.
   */
  FTP_DATA_PORT_ANY = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_data_port ftp_data_port;
#else
typedef int32_t ftp_data_port;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Why the application does not do what was asked. The session turns it into a reply.
 */
enum ftp_denied
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Something failed that is not the client's business.
   */
  FTP_DENIED_FAILED = 0,
  /**
   * The credentials are not good.
   */
  FTP_DENIED_BAD_CREDENTIALS = 1,
  /**
   * There is nothing at that path.
   */
  FTP_DENIED_NOT_FOUND = 2,
  /**
   * The storage does not permit it.
   */
  FTP_DENIED_NOT_PERMITTED = 3,
  /**
   * There is something at that path already.
   */
  FTP_DENIED_EXISTS = 4,
  /**
   * A directory was expected.
   */
  FTP_DENIED_NOT_DIRECTORY = 5,
  /**
   * A file was expected.
   */
  FTP_DENIED_IS_DIRECTORY = 6,
  /**
   * The directory is not empty.
   */
  FTP_DENIED_NOT_EMPTY = 7,
  /**
   * The storage cannot have a file of that name.
   */
  FTP_DENIED_BAD_NAME = 8,
  /**
   * The offset lies beyond the end of the file.
   */
  FTP_DENIED_BAD_OFFSET = 9,
  /**
   * There is no space left.
   */
  FTP_DENIED_NO_SPACE = 10,
  /**
   * A quota is used up.
   */
  FTP_DENIED_QUOTA_EXCEEDED = 11,
  /**
   * Somebody else uses it now; later it may work.
   */
  FTP_DENIED_BUSY = 12,
  /**
   * The storage cannot do such a thing at all.
   */
  FTP_DENIED_UNSUPPORTED = 13,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_denied ftp_denied;
#else
typedef int32_t ftp_denied;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whether a session's events tell each command and each reply, for a log.
 */
enum ftp_dialogue
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * They do not.
   */
  FTP_DIALOGUE_SILENT = 0,
  /**
   * They do, secrets as `****`.
   */
  FTP_DIALOGUE_SHOWN = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_dialogue ftp_dialogue;
#else
typedef int32_t ftp_dialogue;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What an entry is.
 */
enum ftp_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The listing does not say.
   */
  FTP_KIND_UNKNOWN = 0,
  /**
   * A file.
   */
  FTP_KIND_FILE = 1,
  /**
   * A directory.
   */
  FTP_KIND_DIRECTORY = 2,
  /**
   * The directory that was listed (MLSx `cdir`, or the name `.`).
   */
  FTP_KIND_CURRENT_DIRECTORY = 3,
  /**
   * The one above it (MLSx `pdir`, or the name `..`).
   */
  FTP_KIND_PARENT_DIRECTORY = 4,
  /**
   * A symbolic link.
   */
  FTP_KIND_LINK = 5,
  /**
   * A device, a socket, a pipe: something else.
   */
  FTP_KIND_OTHER = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_kind ftp_kind;
#else
typedef int32_t ftp_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How much a peer may make a session hold.
 */
enum ftp_limit
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Bytes in one line, its end not counted. Default 8,192.
   */
  FTP_LIMIT_LINE = 0,
  /**
   * Lines in one reply. Default 4,096.
   */
  FTP_LIMIT_REPLY_LINES = 1,
  /**
   * Bytes in one reply. Default 262,144.
   */
  FTP_LIMIT_REPLY_BYTES = 2,
  /**
   * Preliminary replies (1yz) to one command. Default 64.
   */
  FTP_LIMIT_PRELIMINARY_REPLIES = 3,
  /**
   * Refused logins before a server closes the session. Default 3.
   */
  FTP_LIMIT_LOGIN_TRIES = 4,
  /**
   * Operations waiting in a client session. Default 65,536.
   */
  FTP_LIMIT_QUEUED_OPERATIONS = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_limit ftp_limit;
#else
typedef int32_t ftp_limit;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How the lines of a local text end.
 */
enum ftp_line_ends
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * In LF, as files do.
   */
  FTP_LINE_ENDS_LF = 0,
  /**
   * In CRLF, as listings do: what TYPE A sends needs no change.
   */
  FTP_LINE_ENDS_CRLF = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_line_ends ftp_line_ends;
#else
typedef int32_t ftp_line_ends;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whether LIST is tried where the server has no MLSD.
 */
enum ftp_list_fallback
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It is not.
   */
  FTP_LIST_FALLBACK_NONE = 0,
  /**
   * It is.
   */
  FTP_LIST_FALLBACK_LIST = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_list_fallback ftp_list_fallback;
#else
typedef int32_t ftp_list_fallback;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

#if defined(FTP_IO)
/**
 * How much a line of the log matters.
 */
enum ftp_log_level
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
#if defined(FTP_IO)
  /**
   * Something does not work.
   */
  FTP_LOG_LEVEL_ERROR = 1,
#endif
#if defined(FTP_IO)
  /**
   * Something is to be looked at: a refused login, a failed handshake.
   */
  FTP_LOG_LEVEL_WARNING = 2,
#endif
#if defined(FTP_IO)
  /**
   * Sessions and transfers.
   */
  FTP_LOG_LEVEL_INFO = 3,
#endif
#if defined(FTP_IO)
  /**
   * The dialogue too, passwords as `****`.
   */
  FTP_LOG_LEVEL_DEBUG = 4,
#endif
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_log_level ftp_log_level;
#else
typedef int32_t ftp_log_level;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus
#endif

/**
 * How a control connection begins.
 */
enum ftp_opening
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * In clear: the greeting is the first output.
   */
  FTP_OPENING_CLEAR = 0,
  /**
   * With TLS, on a port of its own (implicit TLS, RFC 4217 §1): the greeting follows inside.
   */
  FTP_OPENING_TLS = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_opening ftp_opening;
#else
typedef int32_t ftp_opening;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What the host in a 227 reply counts for.
 */
enum ftp_passive_host
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing: connect to the control connection's peer.
   */
  FTP_PASSIVE_HOST_PEER = 0,
  /**
   * The peer when the host told is a private address and the peer's is not; else what was told.
   */
  FTP_PASSIVE_HOST_PEER_IF_PRIVATE = 1,
  /**
   * Everything: connect where the server says, but to the peer for 0.0.0.0.
   */
  FTP_PASSIVE_HOST_TRUST = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_passive_host ftp_passive_host;
#else
typedef int32_t ftp_passive_host;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How far commands run ahead of replies.
 */
enum ftp_pipelining
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Each command waits for the reply to the one before.
   */
  FTP_PIPELINING_OFF = 0,
  /**
   * A transfer's own commands leave together, once an earlier transfer of the session has shown
   * which way works.
   */
  FTP_PIPELINING_WITHIN = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_pipelining ftp_pipelining;
#else
typedef int32_t ftp_pipelining;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How exactly a time was told.
 */
enum ftp_precision
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * To the day.
   */
  FTP_PRECISION_DAY = 0,
  /**
   * To the minute.
   */
  FTP_PRECISION_MINUTE = 1,
  /**
   * To the second.
   */
  FTP_PRECISION_SECOND = 2,
  /**
   * To a fraction of a second.
   */
  FTP_PRECISION_FRACTION = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_precision ftp_precision;
#else
typedef int32_t ftp_precision;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

#if defined(FTP_IO)
/**
 * What an event tells.
 */
enum ftp_ready_event_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
#if defined(FTP_IO)
  /**
   * Nothing has happened in time.
   */
  FTP_READY_EVENT_KIND_NONE = 0,
#endif
#if defined(FTP_IO)
  /**
   * The server has ended, and every event was taken.
   */
  FTP_READY_EVENT_KIND_ENDED = 1,
#endif
#if defined(FTP_IO)
  /**
   * A client has connected: `local`, `peer`.
   */
  FTP_READY_EVENT_KIND_SESSION_STARTED = 2,
#endif
#if defined(FTP_IO)
  /**
   * A client was sent away, since there are too many: `peer`, `detail` in words.
   */
  FTP_READY_EVENT_KIND_SESSION_REFUSED = 3,
#endif
#if defined(FTP_IO)
  /**
   * A control connection is under TLS: `detail` says how.
   */
  FTP_READY_EVENT_KIND_CONTROL_SECURED = 4,
#endif
#if defined(FTP_IO)
  /**
   * A data connection is under TLS: `detail` says how.
   */
  FTP_READY_EVENT_KIND_DATA_SECURED = 5,
#endif
#if defined(FTP_IO)
  /**
   * A user has logged in: `user`.
   */
  FTP_READY_EVENT_KIND_LOGGED_IN = 6,
#endif
#if defined(FTP_IO)
  /**
   * A login was refused: `user`.
   */
  FTP_READY_EVENT_KIND_LOGIN_REFUSED = 7,
#endif
#if defined(FTP_IO)
  /**
   * The data connection of a transfer is open: `transfer`, `path`, `mode`, `local`, `peer`.
   */
  FTP_READY_EVENT_KIND_TRANSFER_STARTED = 8,
#endif
#if defined(FTP_IO)
  /**
   * A transfer has ended: `transfer`, `path`, `bytes`, `is_whole`, `detail` in words.
   */
  FTP_READY_EVENT_KIND_TRANSFER_ENDED = 9,
#endif
#if defined(FTP_IO)
  /**
   * A command came, secrets as `****`: `detail`. Only with FTP_DIALOGUE_SHOWN.
   */
  FTP_READY_EVENT_KIND_COMMAND = 10,
#endif
#if defined(FTP_IO)
  /**
   * A reply is being sent: `detail`. Only with FTP_DIALOGUE_SHOWN.
   */
  FTP_READY_EVENT_KIND_REPLY = 11,
#endif
#if defined(FTP_IO)
  /**
   * In active mode the data port could not be used, and any port was. Once for each server.
   */
  FTP_READY_EVENT_KIND_DATA_PORT_REPLACED = 12,
#endif
#if defined(FTP_IO)
  /**
   * A session is over: `detail` says why.
   */
  FTP_READY_EVENT_KIND_SESSION_ENDED = 13,
#endif
#if defined(FTP_IO)
  /**
   * Something that this version of the library has no number for: `detail`.
   */
  FTP_READY_EVENT_KIND_OTHER = 99,
#endif
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_ready_event_kind ftp_ready_event_kind;
#else
typedef int32_t ftp_ready_event_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus
#endif

#if defined(FTP_IO)
/**
 * In which form a listing is asked for.
 */
enum ftp_ready_listing_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
#if defined(FTP_IO)
  /**
   * MLSD, or LIST where the server has none.
   */
  FTP_READY_LISTING_KIND_BEST = 0,
#endif
#if defined(FTP_IO)
  /**
   * MLSD and nothing else.
   */
  FTP_READY_LISTING_KIND_MACHINE = 1,
#endif
#if defined(FTP_IO)
  /**
   * LIST: whatever the server writes.
   */
  FTP_READY_LISTING_KIND_NATIVE = 2,
#endif
#if defined(FTP_IO)
  /**
   * NLST: names alone.
   */
  FTP_READY_LISTING_KIND_NAMES = 3,
#endif
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_ready_listing_kind ftp_ready_listing_kind;
#else
typedef int32_t ftp_ready_listing_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus
#endif

#if defined(FTP_IO)
/**
 * How a transfer goes on behind what an earlier one has left.
 */
enum ftp_ready_resume
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
#if defined(FTP_IO)
  /**
   * It does not: the whole file is transferred, in place of what is there.
   */
  FTP_READY_RESUME_NONE = 0,
#endif
#if defined(FTP_IO)
  /**
   * From where the shorter file ends, by REST.
   */
  FTP_READY_RESUME_RESTART = 1,
#endif
#if defined(FTP_IO)
  /**
   * The same by APPE, for servers that take no REST before STOR. For uploads only.
   */
  FTP_READY_RESUME_APPEND = 2,
#endif
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_ready_resume ftp_ready_resume;
#else
typedef int32_t ftp_ready_resume;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus
#endif

#if defined(FTP_IO)
/**
 * The newest version of TLS that is spoken.
 */
enum ftp_ready_tls_version
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
#if defined(FTP_IO)
  /**
   * TLS 1.2, which some servers need for data connections.
   */
  FTP_READY_TLS_VERSION_TLS12 = 12,
#endif
#if defined(FTP_IO)
  /**
   * TLS 1.3, the default.
   */
  FTP_READY_TLS_VERSION_TLS13 = 13,
#endif
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_ready_tls_version ftp_ready_tls_version;
#else
typedef int32_t ftp_ready_tls_version;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus
#endif

/**
 * TYPE (RFC 959 §3.1.1).
 */
enum ftp_representation
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * I: the bytes as they are.
   */
  FTP_REPRESENTATION_IMAGE = 0,
  /**
   * A: lines that end in CRLF.
   */
  FTP_REPRESENTATION_ASCII = 1,
  /**
   * A T: with Telnet's vertical format controls.
   */
  FTP_REPRESENTATION_ASCII_TELNET = 2,
  /**
   * A C: with Fortran's carriage control.
   */
  FTP_REPRESENTATION_ASCII_CARRIAGE_CONTROL = 3,
  /**
   * E: EBCDIC.
   */
  FTP_REPRESENTATION_EBCDIC = 4,
  /**
   * E T.
   */
  FTP_REPRESENTATION_EBCDIC_TELNET = 5,
  /**
   * E C.
   */
  FTP_REPRESENTATION_EBCDIC_CARRIAGE_CONTROL = 6,
  /**
   * L 8: the same as I.
   */
  FTP_REPRESENTATION_LOCAL8 = 7,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_representation ftp_representation;
#else
typedef int32_t ftp_representation;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What the lines of a listing are, as the command says that asked for it.
 */
enum ftp_shape
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Lines of a format to be found out. (LIST)
   */
  FTP_SHAPE_LINES = 0,
  /**
   * Facts and names. (MLSD)
   */
  FTP_SHAPE_MACHINE = 1,
  /**
   * Names alone. (NLST)
   */
  FTP_SHAPE_NAMES = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_shape ftp_shape;
#else
typedef int32_t ftp_shape;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whether more of the source follows.
 */
enum ftp_source
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * More may follow.
   */
  FTP_SOURCE_GOES_ON = 0,
  /**
   * It is the end of the file, or of the data connection.
   */
  FTP_SOURCE_ENDS = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_source ftp_source;
#else
typedef int32_t ftp_source;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Where a stored file goes.
 */
enum ftp_store_as
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * To this path, in place of what is there. (STOR)
   */
  FTP_STORE_AS_WHOLE = 0,
  /**
   * To this path, over what is there from the offset on. (REST, STOR)
   */
  FTP_STORE_AS_AT = 1,
  /**
   * To this path, behind what is there. (APPE)
   */
  FTP_STORE_AS_APPEND = 2,
  /**
   * To a name that the server makes; some take a path as a wish. (STOU)
   */
  FTP_STORE_AS_UNIQUE = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_store_as ftp_store_as;
#else
typedef int32_t ftp_store_as;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * STRU (RFC 959 §3.1.2).
 */
enum ftp_structure
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * F: a string of bytes.
   */
  FTP_STRUCTURE_FILE = 0,
  /**
   * R: records, of text only.
   */
  FTP_STRUCTURE_RECORD = 1,
  /**
   * P: pages, which no codec has.
   */
  FTP_STRUCTURE_PAGE = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_structure ftp_structure;
#else
typedef int32_t ftp_structure;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How long a session waits for what.
 */
enum ftp_timeout
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Client: from the start to the end of the server's greeting, and again after each 120.
   * Default 60 s.
   */
  FTP_TIMEOUT_GREETING = 0,
  /**
   * Client: from a command to its reply, and between two preliminary replies. Default 60 s.
   */
  FTP_TIMEOUT_REPLY = 1,
  /**
   * Client: from the end of the data to the final reply. Default 120 s.
   */
  FTP_TIMEOUT_FINAL_REPLY = 2,
  /**
   * Both: until a data connection is open. Default 20 s at a client and 30 s at a server.
   */
  FTP_TIMEOUT_DATA_OPEN = 3,
  /**
   * Both: without a byte moved during a transfer. Default 60 s at a client and 300 s at a server.
   */
  FTP_TIMEOUT_STALL = 4,
  /**
   * Client: from ABOR to the first reply behind it. Default 5 s.
   */
  FTP_TIMEOUT_ABORT = 5,
  /**
   * Client: from the last command or reply during a transfer to a NOOP. Default never.
   */
  FTP_TIMEOUT_KEEP_ALIVE = 6,
  /**
   * Server: from the start to a successful login. Default 60 s.
   */
  FTP_TIMEOUT_LOGIN = 7,
  /**
   * Server: without a command, outside a transfer. Default 300 s.
   */
  FTP_TIMEOUT_IDLE = 8,
  /**
   * Server: for the application's answer to a question. Default 60 s.
   */
  FTP_TIMEOUT_ANSWER = 9,
  /**
   * Server: added before the reply to each refused login, once for each refusal so far. Default
   * 1 s.
   */
  FTP_TIMEOUT_REFUSED_LOGIN = 10,
  /**
   * Both: for writes that the peer does not take. Default 60 s.
   */
  FTP_TIMEOUT_SEND = 11,
  /**
   * Both: for a TLS handshake, and for TLS to end. Default 20 s.
   */
  FTP_TIMEOUT_HANDSHAKE = 12,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_timeout ftp_timeout;
#else
typedef int32_t ftp_timeout;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whether a client in clear may say AUTH.
 */
enum ftp_tls_offer
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * There is no TLS: 502.
   */
  FTP_TLS_OFFER_NEVER = 0,
  /**
   * There is, and policy forbids it: 534.
   */
  FTP_TLS_OFFER_FORBIDDEN = 1,
  /**
   * There will be, but what it needs cannot be had now: 431.
   */
  FTP_TLS_OFFER_UNAVAILABLE = 2,
  /**
   * AUTH TLS is taken, and FEAT says so.
   */
  FTP_TLS_OFFER_OFFERED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_tls_offer ftp_tls_offer;
#else
typedef int32_t ftp_tls_offer;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What must be under TLS.
 */
enum ftp_tls_required
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing.
   */
  FTP_TLS_REQUIRED_NOTHING = 0,
  /**
   * The control connection: USER is refused before it is.
   */
  FTP_TLS_REQUIRED_CONTROL = 1,
  /**
   * Data connections: transfers are refused with 521 unless PROT P was said.
   */
  FTP_TLS_REQUIRED_DATA = 2,
  /**
   * Both.
   */
  FTP_TLS_REQUIRED_BOTH = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_tls_required ftp_tls_required;
#else
typedef int32_t ftp_tls_required;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * MODE (RFC 959 §3.4).
 */
enum ftp_transfer_mode
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * S: the bytes, and their end is the connection's.
   */
  FTP_TRANSFER_MODE_STREAM = 0,
  /**
   * B: blocks with headers.
   */
  FTP_TRANSFER_MODE_BLOCK = 1,
  /**
   * C: runs of one byte made short.
   */
  FTP_TRANSFER_MODE_COMPRESSED = 2,
  /**
   * Z: deflate.
   */
  FTP_TRANSFER_MODE_DEFLATE = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_transfer_mode ftp_transfer_mode;
#else
typedef int32_t ftp_transfer_mode;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Which transfer parameters a server takes.
 */
enum ftp_transfers
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * All that there are codecs for.
   */
  FTP_TRANSFERS_ALL = 0,
  /**
   * What every server must take (RFC 1123 §4.1.2.13), and nothing else.
   */
  FTP_TRANSFERS_PLAIN = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_transfers ftp_transfers;
#else
typedef int32_t ftp_transfers;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What becomes of an upload that ends without TLS's close_notify.
 */
enum ftp_truncated_uploads
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It has failed: 426.
   */
  FTP_TRUNCATED_UPLOADS_REFUSED = 0,
  /**
   * It counts as whole, and an event tells of it.
   */
  FTP_TRUNCATED_UPLOADS_REPORTED = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_truncated_uploads ftp_truncated_uploads;
#else
typedef int32_t ftp_truncated_uploads;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whose clock a time was read from.
 */
enum ftp_zone
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The server's local time, wherever that is.
   */
  FTP_ZONE_UNKNOWN = 0,
  /**
   * Universal time.
   */
  FTP_ZONE_UTC = 1,
  /**
   * So many minutes east of universal time.
   */
  FTP_ZONE_EAST = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ftp_zone ftp_zone;
#else
typedef int32_t ftp_zone;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

#if defined(FTP_IO)
/**
 * Ends what a client is doing. It may outlive the client, and a client may have several. Unlike
 * other handles it may be used by several threads at once, but not while it is freed.
 */
typedef struct ftp_canceller ftp_canceller;
#endif

/**
 * The client's side of one control connection, without I/O: a state machine that the program
 * drives. Its loop:
 *
 *     for (;;) {
 *       ftp_client_poll(client, now(), &output);
 *       switch (output.kind) {
 *         case FTP_OUTPUT_KIND_SEND:  write some of it, then ftp_client_sent
 *         case FTP_OUTPUT_KIND_EVENT: tell the application
 *         case FTP_OUTPUT_KIND_WAIT:  wait for input, an answer, or the deadline
 *         default:                    begin the action; tell how it went by ftp_client_handle_...
 *       }
 *     }
 *
 * One thread at a time.
 */
typedef struct ftp_client ftp_client;

/**
 * The settings of client sessions. One thread at a time.
 */
typedef struct ftp_client_config ftp_client_config;

/**
 * What the bytes of one transfer pass through. It belongs to who got it with
 * `FTP_OUTPUT_KIND_MOVE_DATA` or made it, may be moved to another thread, and is freed by
 * `ftp_codec_free`. One thread at a time.
 */
typedef struct ftp_codec ftp_codec;

/**
 * What a reader is told about a listing before it comes. One thread at a time.
 */
typedef struct ftp_listing_options ftp_listing_options;

/**
 * Reads a listing of any format, from bytes in any cut. One thread at a time.
 */
typedef struct ftp_listing_reader ftp_listing_reader;

#if defined(FTP_IO)
/**
 * A client that blocks: each call returns when its work is done. A call blocks SIGPIPE in its
 * thread while it lasts, and takes no other notice of signals.
 */
typedef struct ftp_ready_client ftp_ready_client;
#endif

#if defined(FTP_IO)
/**
 * How clients connect. One serves any number of connections.
 */
typedef struct ftp_ready_client_options ftp_ready_client_options;
#endif

#if defined(FTP_IO)
/**
 * The entries of a directory, all of them, in the order in which the server told them. They have
 * nothing more to do with the client: files can be retrieved or deleted on the way through, and the
 * listing may outlive it.
 */
typedef struct ftp_ready_listing ftp_ready_listing;
#endif

#if defined(FTP_IO)
/**
 * A server that runs by itself, in threads of its own. They block signals, so that the program's
 * handlers run in the program's threads. The functions that say so may be called from any thread at
 * any time until the server is freed; for the others the rule of all handles holds.
 */
typedef struct ftp_ready_server ftp_ready_server;
#endif

#if defined(FTP_IO)
/**
 * What a server is made of. One serves any number of servers, each as it is when that starts.
 */
typedef struct ftp_ready_server_options ftp_ready_server_options;
#endif

/**
 * Puts the bytes of a control connection together to replies. One thread at a time.
 */
typedef struct ftp_reply_reader ftp_reply_reader;

/**
 * The server's side of one control connection, without I/O: a state machine that the program drives
 * by the same loop as an `ftp_client`. What needs the program is an event that asks; it is answered
 * by `ftp_server_answer_...`, once, now or later. One thread at a time.
 */
typedef struct ftp_server ftp_server;

/**
 * The settings of server sessions. One thread at a time.
 */
typedef struct ftp_server_config ftp_server_config;

/**
 * An IP address and a port. `ftp_address_from_sockaddr` and `ftp_address_to_sockaddr` change it
 * into what sockets know and back.
 */
typedef struct ftp_address {
  /**
   * The address in network order: all 16 bytes of IPv6, the first 4 of IPv4.
   */
  uint8_t ip[16];
  /**
   * The scope of a link-local IPv6 address (`sin6_scope_id`), else 0.
   */
  uint32_t scope;
  /**
   * The port, in the order of the machine.
   */
  uint16_t port;
  /**
   * 4 or 6; 0 where there is no address.
   */
  uint8_t family;
  /**
   * 0.
   */
  uint8_t reserved;
} ftp_address;

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

/**
 * What a session waits for.
 */
typedef struct ftp_wait {
  /**
   * When to poll again, whatever happens until then; `FTP_NEVER` for never.
   */
  uint64_t deadline;
  /**
   * How many bytes of the control connection will be taken now; 0 asks not to read.
   */
  size_t read;
  /**
   * Whether bytes wait to be written: they were offered, and not taken.
   */
  bool write;
} ftp_wait;

/**
 * With `FTP_OUTPUT_KIND_CONNECT_DATA`.
 */
typedef struct ftp_connect_data {
  /**
   * The data connection.
   */
  uint32_t id;
  /**
   * Which mode this is, for a log.
   */
  ftp_data_mode mode;
  /**
   * Where to connect to.
   */
  struct ftp_address to;
  /**
   * The local address to connect from, at a server; of family 0 for any, with port 0 for any
   * port. A port that cannot be bound is replaced by any.
   */
  struct ftp_address local;
} ftp_connect_data;

/**
 * With `FTP_OUTPUT_KIND_LISTEN_DATA`.
 */
typedef struct ftp_listen_data {
  /**
   * The data connection.
   */
  uint32_t id;
  /**
   * Which mode this is: it selects the driver's range of ports.
   */
  ftp_data_mode mode;
  /**
   * The local address to listen at; its port is 0, the driver picks one.
   */
  struct ftp_address local;
  /**
   * The only peer whose connection will be kept, its port 0; of family 0 for any.
   */
  struct ftp_address from;
} ftp_listen_data;

/**
 * With `FTP_OUTPUT_KIND_ACCEPT_DATA`.
 */
typedef struct ftp_accept_data {
  /**
   * The data connection.
   */
  uint32_t id;
} ftp_accept_data;

/**
 * With `FTP_OUTPUT_KIND_MOVE_DATA`.
 */
typedef struct ftp_move_data {
  /**
   * The data connection.
   */
  uint32_t id;
  /**
   * The operation (at a client) or the question that opened the file (at a server).
   */
  uint32_t op;
  /**
   * Which way the bytes go.
   */
  ftp_direction direction;
  /**
   * `FTP_PROTECTION_PRIVATE`: first shake hands, whatever there is to move, and tell
   * `..._handle_data_secured`. An upload ends with close_notify.
   */
  ftp_protection protection;
  /**
   * What the bytes pass through. It belongs to the program from here on, which frees it with
   * `ftp_codec_free`.
   */
  struct ftp_codec *codec;
} ftp_move_data;

/**
 * With `FTP_OUTPUT_KIND_CLOSE_DATA`.
 */
typedef struct ftp_close_data {
  /**
   * The data connection.
   */
  uint32_t id;
  /**
   * How to part from it.
   */
  ftp_closing how;
} ftp_close_data;

/**
 * A reply of one line or several (RFC 959 §4.2).
 */
typedef struct ftp_reply {
  /**
   * The text, its lines separated by LF, without codes. Bytes of any encoding.
   */
  struct ftp_slice text;
  /**
   * 100 to 599; 0 where there is no reply.
   */
  uint16_t code;
  /**
   * 0.
   */
  uint8_t reserved[6];
} ftp_reply;

/**
 * A date and a time of day in the Gregorian calendar; whose clock it is is said elsewhere.
 */
typedef struct ftp_date_time {
  /**
   * 1 to 9999; 0 where there is no date.
   */
  int32_t year;
  /**
   * 0 to 999,999,999.
   */
  uint32_t nanos;
  /**
   * 1 to 12.
   */
  uint8_t month;
  /**
   * 1 to 31.
   */
  uint8_t day;
  /**
   * 0 to 23.
   */
  uint8_t hour;
  /**
   * 0 to 59.
   */
  uint8_t minute;
  /**
   * 0 to 60.
   */
  uint8_t second;
  /**
   * 0.
   */
  uint8_t reserved[3];
} ftp_date_time;

/**
 * When a file was modified, with what is known about the telling.
 */
typedef struct ftp_modified {
  /**
   * The date and time as they were told.
   */
  struct ftp_date_time at;
  /**
   * How exactly they were told: an `ftp_precision`.
   */
  int32_t precision;
  /**
   * Whose clock it is: an `ftp_zone`.
   */
  int32_t zone;
  /**
   * With `FTP_ZONE_EAST` how many minutes east of universal time.
   */
  int16_t minutes_east;
  /**
   * 0.
   */
  uint8_t reserved[6];
} ftp_modified;

/**
 * One entry of a directory: what a listing tells of it, and what answers
 * `FTP_SERVER_EVENT_KIND_METADATA`. Texts that are not known have no `data`; numbers that are not
 * known have 0 in the field before them. A program that fills one in sets all of it to 0 first.
 */
typedef struct ftp_entry {
  /**
   * The name, byte for byte; empty where a line could not be read.
   */
  struct ftp_slice name;
  /**
   * The line it was read from, without its end; of an entry of two lines both, LF between them.
   */
  struct ftp_slice raw;
  /**
   * The owner's name or number.
   */
  struct ftp_slice owner;
  /**
   * The group's name or number.
   */
  struct ftp_slice group;
  /**
   * The MLSx fact `perm`: what this user may do with it (RFC 3659 §7.5.5), as it came.
   */
  struct ftp_slice perm;
  /**
   * What a symbolic link points to.
   */
  struct ftp_slice target;
  /**
   * A value that is the same for two names of one file (RFC 3659 §7.5.2).
   */
  struct ftp_slice unique;
  /**
   * What it is: an `ftp_kind`.
   */
  int32_t kind;
  /**
   * 1 where `size` is known.
   */
  uint8_t has_size;
  /**
   * 1 where `modified` is known.
   */
  uint8_t has_modified;
  /**
   * 1 where `mode` is known.
   */
  uint8_t has_mode;
  /**
   * 1 where `links` is known.
   */
  uint8_t has_links;
  /**
   * Bytes in it.
   */
  uint64_t size;
  /**
   * How many names it has.
   */
  uint64_t links;
  /**
   * When it was last modified.
   */
  struct ftp_modified modified;
  /**
   * Unix permission bits, 07777 at most.
   */
  uint16_t mode;
  /**
   * 0.
   */
  uint8_t reserved[6];
  /**
   * 0: room for what later versions tell.
   */
  uint64_t room[4];
} ftp_entry;

/**
 * An event of a client session. What a kind or an outcome does not name is 0.
 */
typedef struct ftp_client_event {
  /**
   * What happened.
   */
  ftp_client_event_kind kind;
  /**
   * The operation, of `FTP_CLIENT_EVENT_KIND_STARTED` and `..._DONE`.
   */
  uint32_t op;
  /**
   * With `FTP_CLIENT_EVENT_KIND_DONE`: `FTP_OK`, or why the operation gave nothing (60 to 79).
   */
  ftp_result result;
  /**
   * With `FTP_CLIENT_EVENT_KIND_DONE` and `FTP_OK`: what it gave.
   */
  ftp_outcome outcome;
  /**
   * What the server said, also where it refused.
   */
  struct ftp_reply reply;
  /**
   * The sentence of a failure; the path, with `FTP_OUTCOME_PATH`; the name under which STOU stored,
   * with `FTP_OUTCOME_TRANSFER`; the command, with `FTP_CLIENT_EVENT_KIND_SENT`.
   */
  struct ftp_slice text;
  /**
   * Bytes that crossed the data connection, also of a transfer that failed; the size, with
   * `FTP_OUTCOME_SIZE`; how many features there are, with `FTP_OUTCOME_FEATURES`.
   */
  uint64_t bytes;
  /**
   * With `FTP_ERROR_SHORT`: how many bytes should have come.
   */
  uint64_t expected;
  /**
   * With `FTP_OUTCOME_MODIFIED`: the time, UTC.
   */
  struct ftp_date_time modified;
  /**
   * With `FTP_OUTCOME_ENTRY`: the facts; it stays until the next poll.
   */
  const struct ftp_entry *entry;
  /**
   * With `FTP_CLIENT_EVENT_KIND_SECURED`.
   */
  ftp_handshake handshake;
  /**
   * With `FTP_OUTCOME_TRANSFER`: how the data connection was opened.
   */
  ftp_way way;
  /**
   * With `FTP_OUTCOME_TRANSFER` of a listing: the form of what came.
   */
  ftp_listing_kind listing;
  /**
   * 0.
   */
  uint32_t reserved;
} ftp_client_event;

/**
 * An event of a server session. What a kind does not name is 0.
 */
typedef struct ftp_server_event {
  /**
   * What happened, or is asked.
   */
  ftp_server_event_kind kind;
  /**
   * The question, to be named by its answer; or the one that opened the file of a transfer.
   */
  uint32_t op;
  /**
   * The user's name, as it came.
   */
  struct ftp_slice user;
  /**
   * The password, as it came; may be empty.
   */
  struct ftp_slice password;
  /**
   * The certificate that the client has shown, in DER; verified by the driver.
   */
  struct ftp_slice certificate;
  /**
   * A path: absolute, `/` between components, no `.` or `..`. With
   * `FTP_SERVER_EVENT_KIND_RENAME` that of what is.
   */
  struct ftp_slice path;
  /**
   * With `FTP_SERVER_EVENT_KIND_RENAME`: the path of what shall be.
   */
  struct ftp_slice to;
  /**
   * The command, or the reply without its last line end, of the dialogue.
   */
  struct ftp_slice text;
  /**
   * Where to begin in bytes, with `..._OPEN_READ` and with `..._OPEN_WRITE` at an offset.
   */
  uint64_t offset;
  /**
   * Bytes that crossed the data connection, as far as the driver told.
   */
  uint64_t bytes;
  /**
   * With `FTP_SERVER_EVENT_KIND_SET_MODIFIED`: the time, UTC.
   */
  struct ftp_date_time modified;
  /**
   * With `FTP_SERVER_EVENT_KIND_OPEN_WRITE`.
   */
  ftp_placement placement;
  /**
   * With `FTP_SERVER_EVENT_KIND_OPEN_LIST`.
   */
  ftp_listing_style style;
  /**
   * With `FTP_SERVER_EVENT_KIND_FINISH`.
   */
  ftp_keep keep;
  /**
   * With `FTP_SERVER_EVENT_KIND_TRANSFER_STARTED`.
   */
  ftp_transfer_kind transfer;
  /**
   * With `FTP_SERVER_EVENT_KIND_TRANSFER_STARTED`: who opened the data connection.
   */
  ftp_data_mode mode;
  /**
   * With `FTP_SERVER_EVENT_KIND_TRANSFER_ENDED`.
   */
  ftp_transfer_outcome outcome;
  /**
   * With `FTP_SERVER_EVENT_KIND_CLOSED`.
   */
  ftp_close_reason reason;
  /**
   * 1 where this is a question, to be answered.
   */
  uint8_t is_question;
  /**
   * 0.
   */
  uint8_t reserved[3];
} ftp_server_event;

/**
 * What an output holds; `kind` tells which part.
 */
typedef union ftp_output_body {
  /**
   * Bytes to write; they stay until the next call with the session.
   */
  struct ftp_slice send;
  /**
   * What to wait for.
   */
  struct ftp_wait wait;
  /**
   * A data connection to open.
   */
  struct ftp_connect_data connect_data;
  /**
   * An address to reserve.
   */
  struct ftp_listen_data listen_data;
  /**
   * A connection to accept.
   */
  struct ftp_accept_data accept_data;
  /**
   * Bytes to move.
   */
  struct ftp_move_data move_data;
  /**
   * A data connection to part from.
   */
  struct ftp_close_data close_data;
  /**
   * What a client session tells.
   */
  struct ftp_client_event client;
  /**
   * What a server session tells.
   */
  struct ftp_server_event server;
  /**
   * Room for what later versions tell.
   */
  uint64_t room[32];
} ftp_output_body;

/**
 * What a session says is to be done. Its size is fixed: a later version of the library has use for
 * what is reserved.
 */
typedef struct ftp_output {
  /**
   * Which part of `body` holds something.
   */
  ftp_output_kind kind;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * What it says, in the part that `kind` names.
   */
  union ftp_output_body body;
} ftp_output;

#if defined(FTP_IO)
/**
 * Hears how far a transfer has come: bytes of the file that are at both ends, and bytes in the
 * file, FTP_UNKNOWN where nobody has told. It is called by the thread that called the client.
 * Anything but 0 ends the transfer, with FTP_ERROR_ABORTED.
 */
typedef int32_t (*ftp_ready_progress_fn)(void *user, uint64_t done, uint64_t total);
#endif

#if defined(FTP_IO)
/**
 * A file that is at both ends now.
 */
typedef struct ftp_ready_transfer {
  /**
   * Bytes that crossed the data connection; 0 where nothing was missing.
   */
  uint64_t bytes;
  /**
   * Bytes up to where the transfer ended, those of an earlier one included.
   */
  uint64_t size;
  /**
   * The name that the server made for a unique file, where it told one.
   */
  struct ftp_slice name;
  /**
   * Room for more; 0.
   */
  uint64_t reserved[4];
} ftp_ready_transfer;
#endif

#if defined(FTP_IO)
/**
 * Takes bytes of a download: some of the `len` given, of which there is at least 1, and returns how
 * many; 0 or a negative number when it cannot go on: the download then fails with FTP_ERROR_LOCAL.
 * It may block, is called by the thread that called the client, and must not call this client.
 */
typedef ptrdiff_t (*ftp_ready_write_fn)(void *user, const void *bytes, size_t len);
#endif

#if defined(FTP_IO)
/**
 * Gives bytes to an upload: writes `len` of them to `buffer` at most and returns how many, 0 at the
 * end of the file, or a negative number when it cannot go on; the upload then fails with
 * FTP_ERROR_LOCAL, and the server does not take it for whole. It may block, is called by the thread
 * that called the client, and must not call this client.
 */
typedef ptrdiff_t (*ftp_ready_read_fn)(void *user, void *buffer, size_t len);
#endif

#if defined(FTP_IO)
/**
 * Takes a line of the log. It is called by the thread that the line is about, the library's own
 * among them, by several at once, and must not block. The text is gone when it returns.
 */
typedef void (*ftp_log_fn)(void *user, int32_t level, struct ftp_slice text);
#endif

#if defined(FTP_IO)
/**
 * Something that happened at a server. What its kind does not tell is 0 or no text. The slices stay
 * until the next call of `ftp_ready_server_next_event`.
 */
typedef struct ftp_ready_event {
  /**
   * An `ftp_ready_event_kind`. New ones may come.
   */
  int32_t kind;
  /**
   * Of a transfer: an `ftp_transfer_kind`.
   */
  int32_t transfer;
  /**
   * The session, by a number that no other session of this server has; 0 for none.
   */
  uint64_t session;
  /**
   * Bytes that crossed the data connection.
   */
  uint64_t bytes;
  /**
   * An `ftp_data_mode`: who opened the data connection.
   */
  int32_t mode;
  /**
   * Whether a transfer that has ended is whole.
   */
  bool is_whole;
  /**
   * The user's name.
   */
  struct ftp_slice user;
  /**
   * The file or directory, as the user sees it.
   */
  struct ftp_slice path;
  /**
   * This end of the connection, such as `192.0.2.7:21`.
   */
  struct ftp_slice local;
  /**
   * The client's end.
   */
  struct ftp_slice peer;
  /**
   * A few words of English, or what the kind says.
   */
  struct ftp_slice detail;
  /**
   * Room for more; 0.
   */
  uint64_t reserved[4];
} ftp_ready_event;
#endif

#if defined(FTP_IO)
/**
 * What a server has done since it was started.
 */
typedef struct ftp_ready_counters {
  /**
   * Sessions that run.
   */
  uint64_t sessions;
  /**
   * Sessions that have begun.
   */
  uint64_t sessions_started;
  /**
   * Clients that were sent away, since there were too many.
   */
  uint64_t sessions_refused;
  /**
   * Logins.
   */
  uint64_t logins;
  /**
   * Logins that were refused.
   */
  uint64_t logins_refused;
  /**
   * Transfers that run.
   */
  uint64_t transfers;
  /**
   * Transfers that have ended whole.
   */
  uint64_t transfers_whole;
  /**
   * Transfers that have ended in any other way.
   */
  uint64_t transfers_failed;
  /**
   * Bytes of ended transfers that went to clients, listings among them.
   */
  uint64_t bytes_sent;
  /**
   * Bytes of ended transfers that came from clients.
   */
  uint64_t bytes_received;
  /**
   * Events that there was no room for.
   */
  uint64_t events_dropped;
  /**
   * Room for more; 0.
   */
  uint64_t reserved[5];
} ftp_ready_counters;
#endif

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Takes an address out of a `struct sockaddr` of `len` bytes, as `accept`, `getsockname` and
 * `getpeername` give it. `FTP_ERROR_FAMILY` for a family other than `AF_INET` and `AF_INET6`,
 * `FTP_ERROR_RANGE` for too few bytes.
 */
ftp_result ftp_address_from_sockaddr(const void *sockaddr, size_t len, struct ftp_address *address);

/**
 * Makes a `struct sockaddr` of an address, for `connect` and `bind`, in a buffer of `capacity`
 * bytes, which a `struct sockaddr_storage` is large enough for; `len` is set to the bytes used.
 * `FTP_ERROR_RANGE` for an address without a family, `FTP_ERROR_BUFFER_TOO_SMALL`.
 */
ftp_result ftp_address_to_sockaddr(const struct ftp_address *address,
                                   void *sockaddr,
                                   size_t capacity,
                                   size_t *len);

/**
 * Reads `192.0.2.1:21` or `[2001:db8::1]:21`. `FTP_ERROR_DECODE` for anything else.
 */
ftp_result ftp_address_parse(const char *text, size_t len, struct ftp_address *address);

/**
 * Writes `192.0.2.1:21` or `[2001:db8::1]:21` to a buffer of `capacity` bytes, without a NUL;
 * `len` is set to the bytes written, or, with `FTP_ERROR_BUFFER_TOO_SMALL`, to those needed.
 */
ftp_result ftp_address_write(const struct ftp_address *address,
                             char *buffer,
                             size_t capacity,
                             size_t *len);

/**
 * Reads the argument of PORT, `h1,h2,h3,h4,p1,p2` (RFC 959 §5.3.2). Strict; port 0 is refused.
 */
ftp_result ftp_port_read(const char *argument, size_t len, struct ftp_address *address);

/**
 * Writes the argument of PORT to a buffer of `capacity` bytes; `len` is set to the bytes written or
 * needed. `FTP_ERROR_FAMILY` for IPv6.
 */
ftp_result ftp_port_write(const struct ftp_address *address,
                          char *buffer,
                          size_t capacity,
                          size_t *len);

/**
 * Finds the address in the text of a 227 reply, with parentheses or without (RFC 1123
 * §4.1.2.6). Port 0 is refused.
 */
ftp_result ftp_227_read(const char *text, size_t len, struct ftp_address *address);

/**
 * Writes `(h1,h2,h3,h4,p1,p2)`, for the text of a 227 reply; as `ftp_port_write`.
 */
ftp_result ftp_227_write(const struct ftp_address *address,
                         char *buffer,
                         size_t capacity,
                         size_t *len);

/**
 * Finds the port in the text of a 229 reply, `(|||port|)` with any delimiter (RFC 2428 §3). Port 0
 * is refused.
 */
ftp_result ftp_229_read(const char *text, size_t len, uint16_t *port);

/**
 * Writes `(|||port|)`, for the text of a 229 reply, to a buffer of `capacity` bytes; `len` is set
 * to the bytes written or needed.
 */
ftp_result ftp_229_write(uint16_t port, char *buffer, size_t capacity, size_t *len);

/**
 * Reads the argument of EPRT, `|1|host|port|` or `|2|host|port|` with any delimiter (RFC 2428 §2).
 * `FTP_ERROR_FAMILY` for a network protocol other than 1 and 2, else `FTP_ERROR_DECODE`.
 */
ftp_result ftp_eprt_read(const char *argument, size_t len, struct ftp_address *address);

/**
 * Writes the argument of EPRT to a buffer of `capacity` bytes; `len` is set to the bytes written
 * or needed.
 */
ftp_result ftp_eprt_write(const struct ftp_address *address,
                          char *buffer,
                          size_t capacity,
                          size_t *len);

/**
 * A session over a control connection that was just made, which is NULL unless the result is
 * `FTP_OK`. `config` may be NULL for the defaults, and freed afterwards; `local` and `peer` are the
 * two ends of the control connection.
 */
ftp_result ftp_client_new(const struct ftp_client_config *config,
                          const struct ftp_address *local,
                          const struct ftp_address *peer,
                          uint64_t now,
                          struct ftp_client **client);

/**
 * The next thing to do: fills `output`. Call it until it says `FTP_OUTPUT_KIND_WAIT`, and again
 * after every other call, and when the deadline has come. `now` is the time in microseconds of a
 * monotonic clock. What the output points to stays until the next call of this function, bytes to
 * be sent until the next call with this session.
 *
 * A result of 40 or more is the end of the session: the server broke the protocol, went silent or
 * went away. Every later call gives the same, and the driver drops every socket.
 */
ftp_result ftp_client_poll(struct ftp_client *client, uint64_t now, struct ftp_output *output);

/**
 * So many of the bytes offered were written.
 */
ftp_result ftp_client_sent(struct ftp_client *client, size_t bytes);

/**
 * Nothing can be sent any more: a write to the control connection has failed. Go on reading: what
 * the peer said before it went away tells more than that it did.
 */
ftp_result ftp_client_handle_send_lost(struct ftp_client *client);

/**
 * Takes bytes that came on the control connection; `taken` is set to how many, which is all that
 * `ftp_wait.read` allowed. What was not taken is handed over again. After the end of the session
 * all are taken, and forgotten.
 */
ftp_result ftp_client_handle_input(struct ftp_client *client,
                                   const void *data,
                                   size_t len,
                                   size_t *taken);

/**
 * The peer has closed its side of the control connection.
 */
ftp_result ftp_client_handle_eof(struct ftp_client *client);

/**
 * The control connection broke: nothing can be sent any more, and nothing more will come.
 */
ftp_result ftp_client_handle_lost(struct ftp_client *client);

/**
 * A listener is bound; `announced` is the address that the peer must be told: the one that it can
 * reach, with the port bound.
 */
ftp_result ftp_client_handle_data_listening(struct ftp_client *client,
                                            uint32_t id,
                                            const struct ftp_address *announced);

/**
 * A connection came to the listener: is it the data connection? `FTP_ACCEPTED_KEEP` counts as
 * `ftp_client_handle_data_connected`.
 */
ftp_result ftp_client_handle_data_accepted(struct ftp_client *client,
                                           uint32_t id,
                                           const struct ftp_address *from,
                                           ftp_accepted *verdict);

/**
 * The data connection asked for by `FTP_OUTPUT_KIND_CONNECT_DATA` is made.
 */
ftp_result ftp_client_handle_data_connected(struct ftp_client *client, uint32_t id);

/**
 * The data connection asked for, or its listener, cannot be had: an `ftp_data_failure`.
 */
ftp_result ftp_client_handle_data_failed(struct ftp_client *client, uint32_t id, int32_t why);

/**
 * So many bytes have crossed the data connection in all. Tell it before a poll whose deadline has
 * come: bytes that have moved and were not told of count as stalled.
 */
ftp_result ftp_client_handle_data_progress(struct ftp_client *client, uint32_t id, uint64_t total);

/**
 * A restart marker came among the data (`ftp_codec_take_marker`): what the sender calls this place,
 * and where in the local file it stands.
 */
ftp_result ftp_client_handle_data_marker(struct ftp_client *client,
                                         uint32_t id,
                                         const char *text,
                                         size_t text_len,
                                         uint64_t position);

/**
 * The TLS handshake of a data connection is done: an `ftp_handshake`.
 */
ftp_result ftp_client_handle_data_secured(struct ftp_client *client,
                                          uint32_t id,
                                          int32_t handshake);

/**
 * All has crossed this data connection, close_notify too, and only the server's own end of it is
 * waited for: should that not come, nothing is lost. A driver that does not wait never says it.
 */
ftp_result ftp_client_handle_data_crossed(struct ftp_client *client, uint32_t id);

/**
 * The bytes wait for the program's own end, a file that cannot be read or written just now: that
 * time does not count as a stalled transfer.
 */
ftp_result ftp_client_handle_data_held_up(struct ftp_client *client, uint32_t id);

/**
 * The bytes have stopped moving: how many crossed the data connection, and an `ftp_data_ending`.
 */
ftp_result ftp_client_handle_data_ended(struct ftp_client *client,
                                        uint32_t id,
                                        uint64_t bytes,
                                        int32_t ending);

/**
 * The control connection is under TLS, by an `ftp_handshake`; `certificate` is the peer's own in
 * DER, which the driver has verified, or NULL.
 */
ftp_result ftp_client_handle_tls_established(struct ftp_client *client,
                                             int32_t handshake,
                                             const void *certificate,
                                             size_t certificate_len);

/**
 * The control connection could not be brought under TLS, or out of it in order.
 */
ftp_result ftp_client_handle_tls_failed(struct ftp_client *client);

/**
 * TLS has ended on the control connection, which goes on in clear.
 */
ftp_result ftp_client_handle_tls_stopped(struct ftp_client *client);

/**
 * What the session waits for, at any time, so that a blocked write stops neither reading nor the
 * clock.
 */
ftp_result ftp_client_wait(const struct ftp_client *client, struct ftp_wait *wait);

/**
 * Whether the session has come to its end: nothing is read any more, and what is still queued leads
 * to `FTP_OUTPUT_KIND_CLOSE`. True for NULL and after a fault.
 */
bool ftp_client_is_over(const struct ftp_client *client);

/**
 * Whether no operation runs or waits. False for NULL and after a fault.
 */
bool ftp_client_is_idle(const struct ftp_client *client);

/**
 * Frees a session; NULL is nothing to free. Codecs that it handed out live on.
 */
void ftp_client_free(struct ftp_client *client);

/**
 * What the last call on this session that failed has said.
 */
struct ftp_slice ftp_client_last_error(const struct ftp_client *client);

/**
 * The last reply that a failed poll or an event has told; its code is 0 where there was none.
 */
ftp_result ftp_client_last_reply(const struct ftp_client *client, struct ftp_reply *reply);

/**
 * Whether the server has greeted and TLS, where it is asked for, is set up: operations run from now
 * on. False for NULL and after a fault.
 */
bool ftp_client_is_ready(const struct ftp_client *client);

/**
 * The feature of this number, counted from 0, as the server listed it when `ftp_client_features` was
 * last answered; it stays until it is answered again. `FTP_ERROR_RANGE` behind the last one.
 */
ftp_result ftp_client_feature(const struct ftp_client *client,
                              size_t index,
                              struct ftp_slice *feature);

/**
 * Ends an operation early. One that waits is taken out; a transfer that runs is stopped, by ABOR if
 * the server has its command. Any other command that the server has by now ends as it ends, and a
 * number that is no operation's is passed over.
 */
ftp_result ftp_client_abort(struct ftp_client *client, uint32_t op);

/**
 * Settings with their defaults; NULL if there is a fault.
 */
struct ftp_client_config *ftp_client_config_new(void);

/**
 * Frees settings; NULL is nothing to free. Sessions made with them live on.
 */
void ftp_client_config_free(struct ftp_client_config *config);

/**
 * What the last call on these settings that failed has said.
 */
struct ftp_slice ftp_client_config_last_error(const struct ftp_client_config *config);

/**
 * Sets a bound: an `ftp_limit`, and its value. `FTP_ERROR_RANGE` for more than the bound can be.
 */
ftp_result ftp_client_config_set_limit(struct ftp_client_config *config,
                                       int32_t limit,
                                       uint64_t value);

/**
 * Sets a deadline: an `ftp_timeout`, and microseconds, `FTP_NEVER` for none.
 */
ftp_result ftp_client_config_set_timeout(struct ftp_client_config *config,
                                         int32_t timeout,
                                         uint64_t micros);

/**
 * Who opens the data connection: an `ftp_data_policy`. Default `FTP_DATA_POLICY_PASSIVE`.
 */
ftp_result ftp_client_config_set_data(struct ftp_client_config *config, int32_t data);

/**
 * What the host in a 227 reply counts for: an `ftp_passive_host`. Default `FTP_PASSIVE_HOST_PEER`.
 */
ftp_result ftp_client_config_set_passive_host(struct ftp_client_config *config,
                                              int32_t passive_host);

/**
 * How far commands run ahead of replies: an `ftp_pipelining`. Default `FTP_PIPELINING_OFF`.
 */
ftp_result ftp_client_config_set_pipelining(struct ftp_client_config *config, int32_t pipelining);

/**
 * Whether the control connection is brought under TLS, which is the driver's work: an
 * `ftp_client_tls`. Default `FTP_CLIENT_TLS_OFF`.
 */
ftp_result ftp_client_config_set_tls(struct ftp_client_config *config, int32_t tls);

/**
 * What is tried where AUTH TLS is refused: an `ftp_auth_fallback`. Default
 * `FTP_AUTH_FALLBACK_NONE`.
 */
ftp_result ftp_client_config_set_auth_fallback(struct ftp_client_config *config,
                                               int32_t auth_fallback);

/**
 * What PROT asks for data connections, once the control connection is under TLS: an
 * `ftp_protection`. Default `FTP_PROTECTION_PRIVATE`.
 */
ftp_result ftp_client_config_set_protection(struct ftp_client_config *config, int32_t protection);

/**
 * Whether events tell each command and reply: an `ftp_dialogue`. Default `FTP_DIALOGUE_SILENT`.
 */
ftp_result ftp_client_config_set_dialogue(struct ftp_client_config *config, int32_t dialogue);

/**
 * USER, and PASS and ACCT as the server asks: a part that it does not ask for is not sent.
 * `password` and `account` may be NULL for none; an empty password is one. Gives
 * `FTP_OUTCOME_REPLY`.
 *
 * What holds for every verb: it queues, and `op` is set to the operation's id; `op` may be NULL. The
 * end comes as `FTP_CLIENT_EVENT_KIND_DONE`. `FTP_ERROR_ENDED` when the session is over,
 * `FTP_ERROR_QUEUE_FULL` past `FTP_LIMIT_QUEUED_OPERATIONS`, `FTP_ERROR_TOO_LONG` for a text that no
 * line can hold, `FTP_ERROR_FORBIDDEN_BYTE` for one with CR, LF or NUL, `FTP_ERROR_EMPTY` for an
 * empty one: nothing was sent then.
 */
ftp_result ftp_client_login(struct ftp_client *client,
                            const char *user,
                            size_t user_len,
                            const char *password,
                            size_t password_len,
                            const char *account,
                            size_t account_len,
                            uint32_t *op);

/**
 * RETR: from `offset` on in bytes (REST; not in TYPE A), in an `ftp_representation`. `expected` is how
 * many bytes the whole file has, fewer are an error (not in TYPE A), or `FTP_UNKNOWN`. Gives
 * `FTP_OUTCOME_TRANSFER`.
 */
ftp_result ftp_client_retrieve(struct ftp_client *client,
                               const char *path,
                               size_t path_len,
                               uint64_t offset,
                               int32_t representation,
                               uint64_t expected,
                               uint32_t *op);

/**
 * STOR, APPE or STOU, as an `ftp_store_as` says, in an `ftp_representation`. `path` may be NULL with
 * `FTP_STORE_AS_UNIQUE`; `offset` counts with `FTP_STORE_AS_AT`. Gives `FTP_OUTCOME_TRANSFER`.
 */
ftp_result ftp_client_store(struct ftp_client *client,
                            int32_t store_as,
                            const char *path,
                            size_t path_len,
                            uint64_t offset,
                            int32_t representation,
                            uint32_t *op);

/**
 * MLSD, LIST or NLST, as an `ftp_listing_kind` says, of a directory, or of the working directory with
 * NULL; with an `ftp_list_fallback`. Gives `FTP_OUTCOME_TRANSFER`, which says what form came.
 */
ftp_result ftp_client_list(struct ftp_client *client,
                           const char *path,
                           size_t path_len,
                           int32_t kind,
                           int32_t fallback,
                           uint32_t *op);

/**
 * RNFR and RNTO. Gives `FTP_OUTCOME_REPLY`.
 */
ftp_result ftp_client_rename(struct ftp_client *client,
                             const char *from,
                             size_t from_len,
                             const char *to,
                             size_t to_len,
                             uint32_t *op);

/**
 * Any command that needs no data connection and leaves the session's own state alone, as a line
 * without its end, as in `SITE CHMOD 644 file`. Gives `FTP_OUTCOME_REPLY` for a 2yz or 3yz reply.
 * `FTP_ERROR_NOT_RAW` for a command that has a verb of its own because the session takes part in it
 * (RETR, PASV, ABOR, QUIT, ...), and for those that would change the connections beneath it.
 */
ftp_result ftp_client_command(struct ftp_client *client,
                              const char *line,
                              size_t line_len,
                              uint32_t *op);

/**
 * CWD. Gives `FTP_OUTCOME_REPLY`.
 */
ftp_result ftp_client_change_directory(struct ftp_client *client,
                                       const char *path,
                                       size_t path_len,
                                       uint32_t *op);

/**
 * CDUP. Gives `FTP_OUTCOME_REPLY`.
 */
ftp_result ftp_client_change_to_parent(struct ftp_client *client, uint32_t *op);

/**
 * PWD. Gives `FTP_OUTCOME_PATH`.
 */
ftp_result ftp_client_working_directory(struct ftp_client *client, uint32_t *op);

/**
 * MKD. Gives `FTP_OUTCOME_REPLY`.
 */
ftp_result ftp_client_make_directory(struct ftp_client *client,
                                     const char *path,
                                     size_t path_len,
                                     uint32_t *op);

/**
 * RMD. Gives `FTP_OUTCOME_REPLY`.
 */
ftp_result ftp_client_remove_directory(struct ftp_client *client,
                                       const char *path,
                                       size_t path_len,
                                       uint32_t *op);

/**
 * DELE. Gives `FTP_OUTCOME_REPLY`.
 */
ftp_result ftp_client_delete(struct ftp_client *client,
                             const char *path,
                             size_t path_len,
                             uint32_t *op);

/**
 * SIZE, in TYPE I (RFC 3659 §4). Gives `FTP_OUTCOME_SIZE`.
 */
ftp_result ftp_client_size(struct ftp_client *client,
                           const char *path,
                           size_t path_len,
                           uint32_t *op);

/**
 * MDTM (RFC 3659 §3). Gives `FTP_OUTCOME_MODIFIED`.
 */
ftp_result ftp_client_modified(struct ftp_client *client,
                               const char *path,
                               size_t path_len,
                               uint32_t *op);

/**
 * MLST (RFC 3659 §7), of the working directory with NULL. Gives `FTP_OUTCOME_ENTRY`.
 */
ftp_result ftp_client_facts(struct ftp_client *client,
                            const char *path,
                            size_t path_len,
                            uint32_t *op);

/**
 * FEAT (RFC 2389 §3). Gives `FTP_OUTCOME_FEATURES`, and the session heeds them.
 */
ftp_result ftp_client_features(struct ftp_client *client, uint32_t *op);

/**
 * SYST. Gives `FTP_OUTCOME_REPLY`.
 */
ftp_result ftp_client_system(struct ftp_client *client, uint32_t *op);

/**
 * STAT, of the session with NULL. Gives `FTP_OUTCOME_REPLY`.
 */
ftp_result ftp_client_status(struct ftp_client *client,
                             const char *path,
                             size_t path_len,
                             uint32_t *op);

/**
 * HELP, on everything with NULL. Gives `FTP_OUTCOME_REPLY`.
 */
ftp_result ftp_client_help(struct ftp_client *client,
                           const char *topic,
                           size_t topic_len,
                           uint32_t *op);

/**
 * NOOP. Gives `FTP_OUTCOME_REPLY`.
 */
ftp_result ftp_client_noop(struct ftp_client *client, uint32_t *op);

/**
 * CCC: the control connection goes on in clear (RFC 4217 §6), so that a firewall can follow it; data
 * connections stay under TLS. Gives `FTP_OUTCOME_REPLY`.
 */
ftp_result ftp_client_clear_control(struct ftp_client *client,
                                    uint32_t *op);

/**
 * QUIT, behind everything queued before; what is queued behind it ends as aborted. The control
 * connection is closed after the reply. Gives `FTP_OUTCOME_REPLY` or `FTP_OUTCOME_CLOSED`.
 */
ftp_result ftp_client_quit(struct ftp_client *client, uint32_t *op);

/**
 * A codec for bytes that go in an `ftp_direction`, with an `ftp_representation`, an `ftp_structure`,
 * an `ftp_transfer_mode` and local `ftp_line_ends`; NULL unless the result is `FTP_OK`.
 * `FTP_ERROR_UNSUPPORTED` for parameters that no codec has. A session's own codecs come with
 * `FTP_OUTPUT_KIND_MOVE_DATA`.
 */
ftp_result ftp_codec_new(int32_t direction,
                         int32_t representation,
                         int32_t structure,
                         int32_t mode,
                         int32_t line_ends,
                         struct ftp_codec **codec);

/**
 * Frees a codec; NULL is nothing to free.
 */
void ftp_codec_free(struct ftp_codec *codec);

/**
 * What the last call on this codec that failed has said.
 */
struct ftp_slice ftp_codec_last_error(const struct ftp_codec *codec);

/**
 * Whether the bytes are the same on both sides, so that sendfile, splice and the like may be used.
 * False for NULL.
 */
bool ftp_codec_is_passthrough(const struct ftp_codec *codec);

/**
 * Takes some of `src`, gives some to `dst`. `source` is an `ftp_source`: whether `src` is the end.
 * `read` is set to the bytes taken, what was not is offered again; `written` to the bytes given;
 * `finished` to whether the file has ended and everything is written.
 *
 * With 2 bytes of room or more, a call with a source that is not empty comes further. With
 * `FTP_SOURCE_ENDS`, call until `finished`, also when nothing of the source is left: a byte may have
 * been held back. `FTP_ERROR_TRUNCATED` and `FTP_ERROR_MALFORMED` when what came is not a whole file;
 * what was whole of it was given out before.
 */
ftp_result ftp_codec_run(struct ftp_codec *codec,
                         const void *src,
                         size_t src_len,
                         void *dst,
                         size_t dst_len,
                         int32_t source,
                         size_t *read,
                         size_t *written,
                         bool *finished);

/**
 * The restart marker that the last call of `ftp_codec_run` ended at (RFC 959 §3.5), when receiving in
 * MODE B or C: its text goes to a buffer of `capacity` bytes (64 are enough), `len` is set to the
 * bytes of it and `position` to where in the local file it stands. `found` is set to whether there
 * is one; it is told once.
 */
ftp_result ftp_codec_take_marker(struct ftp_codec *codec,
                                 char *buffer,
                                 size_t capacity,
                                 size_t *len,
                                 uint64_t *position,
                                 bool *found);

/**
 * Whether the file has ended by a mark of its own, so that nothing more is to be waited for. False
 * for NULL.
 */
bool ftp_codec_has_ended(const struct ftp_codec *codec);

/**
 * How many of the bytes received the sender said it suspects of errors (RFC 959 §3.4.2). 0 for
 * NULL.
 */
uint64_t ftp_codec_suspect(const struct ftp_codec *codec);

/**
 * Options with their defaults. `now` is the time in seconds since 1970: a date without a year is
 * the last such day before tomorrow. NULL if that is past the years 1 to 9999.
 */
struct ftp_listing_options *ftp_listing_options_new(int64_t now);

/**
 * Frees options; NULL is nothing to free. Readers made with them live on.
 */
void ftp_listing_options_free(struct ftp_listing_options *options);

/**
 * What the last call on these options that failed has said.
 */
struct ftp_slice ftp_listing_options_last_error(const struct ftp_listing_options *options);

/**
 * What the command promises: an `ftp_shape`. Default `FTP_SHAPE_LINES`.
 */
ftp_result ftp_listing_options_set_shape(struct ftp_listing_options *options, int32_t shape);

/**
 * The text of the reply to SYST: formats of that system are tried first.
 */
ftp_result ftp_listing_options_set_system(struct ftp_listing_options *options,
                                          const char *system,
                                          size_t system_len);

/**
 * Whose clock the server's lines tell: an `ftp_zone`, with `FTP_ZONE_EAST` so many minutes east of
 * universal time, less than a day. Default `FTP_ZONE_UNKNOWN`.
 */
ftp_result ftp_listing_options_set_zone(struct ftp_listing_options *options,
                                        int32_t zone,
                                        int16_t minutes_east);

/**
 * Bounds: bytes in one line (a longer one becomes an entry that is not read; default 8,192),
 * entries (default 1,048,576) and bytes in the whole listing (default 268,435,456).
 */
ftp_result ftp_listing_options_set_bounds(struct ftp_listing_options *options,
                                          size_t line,
                                          size_t entries,
                                          uint64_t bytes);

/**
 * A reader at the start of a listing, which is NULL unless the result is `FTP_OK`.
 */
ftp_result ftp_listing_reader_new(const struct ftp_listing_options *options,
                                  struct ftp_listing_reader **reader);

/**
 * Frees a reader; NULL is nothing to free.
 */
void ftp_listing_reader_free(struct ftp_listing_reader *reader);

/**
 * What the last call on this reader that failed has said.
 */
struct ftp_slice ftp_listing_reader_last_error(const struct ftp_listing_reader *reader);

/**
 * Takes the next bytes of the listing, all of them. Take entries until there are none before the
 * next push, and memory stays what one push and one line need. Ignored behind the end and behind
 * an error.
 */
ftp_result ftp_listing_reader_push(struct ftp_listing_reader *reader, const void *data, size_t len);

/**
 * Says that the listing is at its end: the last line may lack its line end.
 */
ftp_result ftp_listing_reader_finish(struct ftp_listing_reader *reader);

/**
 * The next entry. `found` is set to whether there is one: if not, push more, or the listing is at
 * its end. A line that cannot be read is an entry too, with an empty name and the line in `raw`.
 * Slices stay until the next call on this reader. `FTP_ERROR_TOO_MANY_ENTRIES` and
 * `FTP_ERROR_TOO_MANY_BYTES`, once, when a bound is passed; nothing follows.
 */
ftp_result ftp_listing_reader_next(struct ftp_listing_reader *reader,
                                   struct ftp_entry *entry,
                                   bool *found);

/**
 * The format of the listing, as in `unix`, `dos` or `mlsx`, once it is known; it stays for good.
 */
struct ftp_slice ftp_listing_reader_format(const struct ftp_listing_reader *reader);

/**
 * Writes one entry's line, CRLF included, in an `ftp_listing_style` to a buffer of `capacity`
 * bytes. `now` is the time in seconds since 1970. `len` is set to the bytes written, or, with
 * `FTP_ERROR_BUFFER_TOO_SMALL`, to those needed; it is 0 for an entry that the style leaves out or
 * whose name no listing can tell.
 */
ftp_result ftp_listing_write(int32_t style,
                             const struct ftp_entry *entry,
                             int64_t now,
                             char *buffer,
                             size_t capacity,
                             size_t *len);

/**
 * Whether a name from a server may become the name of a local file, on any system: it is one name,
 * not `.` or `..`, without `/`, `\`, `:` and control bytes, no device of Windows, 255 bytes at most.
 * False for NULL.
 */
bool ftp_is_safe_leaf(const char *name,
                      size_t name_len);

#if defined(FTP_IO)
/**
 * Ends what the client is doing now: the call that runs in another thread gives FTP_ERROR_ABORTED,
 * a transfer by ABOR, and the client can be used on. One that is connecting gives up when the
 * connection is made. A command that the server has by now cannot be taken back, and its call ends
 * as it ends; a client that does nothing takes no notice. Does not wait. Any thread, at any time.
 */
ftp_result ftp_canceller_cancel(const struct ftp_canceller *canceller);
#endif

#if defined(FTP_IO)
/**
 * Frees a canceller. NULL may be freed.
 */
void ftp_canceller_free(struct ftp_canceller *canceller);
#endif

#if defined(FTP_IO)
/**
 * A client that is not connected. NULL only where there is no memory.
 */
struct ftp_ready_client *ftp_ready_client_new(void);
#endif

#if defined(FTP_IO)
/**
 * Frees a client. Its connection is closed as it is, without QUIT. NULL may be freed.
 */
void ftp_ready_client_free(struct ftp_ready_client *client);
#endif

#if defined(FTP_IO)
/**
 * Connects to where an address says and logs in: `ftp://user:password@host:port/path`, or
 * `ftpes://` for AUTH TLS and `ftps://` for TLS from the start. The login of the options counts for
 * more than that of the address; without either it is anonymous. Nothing is done with the path:
 * `ftp_ready_client_path` gives it. A connection that there was is closed first.
 *
 * `options` may be NULL for the defaults, and can be freed or used again afterwards.
 *
 * FTP_ERROR_URL, FTP_ERROR_RESOLVE, FTP_ERROR_CONNECT, FTP_ERROR_TLS, FTP_ERROR_TLS_FAILED,
 * FTP_ERROR_REFUSED for the login; any result from 40 to 50.
 */
ftp_result ftp_ready_client_connect(struct ftp_ready_client *client,
                                    const char *url,
                                    size_t url_len,
                                    const struct ftp_ready_client_options *options);
#endif

#if defined(FTP_IO)
/**
 * Says QUIT, waits for the reply, and closes the connection, whatever comes of it. The client can
 * connect again.
 */
ftp_result ftp_ready_client_quit(struct ftp_ready_client *client);
#endif

#if defined(FTP_IO)
/**
 * The text of the last call on this client that failed, in one sentence for a person; empty if none
 * has. It holds no password.
 */
struct ftp_slice ftp_ready_client_last_error(const struct ftp_ready_client *client);
#endif

#if defined(FTP_IO)
/**
 * The last reply of the server; its code is 0 if none has come.
 */
ftp_result ftp_ready_client_last_reply(const struct ftp_ready_client *client,
                                       struct ftp_reply *reply);
#endif

#if defined(FTP_IO)
/**
 * The path of the address that the client has connected to, decoded; no text if it had none. It is
 * relative to the directory that the login leads to, unless it begins with a slash.
 */
struct ftp_slice ftp_ready_client_path(const struct ftp_ready_client *client);
#endif

#if defined(FTP_IO)
/**
 * Whether the client has a connection, as far as it knows without asking the server.
 */
bool ftp_ready_client_is_connected(const struct ftp_ready_client *client);
#endif

#if defined(FTP_IO)
/**
 * A canceller of this client, for connections that it will make too.
 */
ftp_result ftp_ready_client_canceller(const struct ftp_ready_client *client,
                                      struct ftp_canceller **canceller);
#endif

#if defined(FTP_IO)
/**
 * Who hears of progress in the transfers to come; NULL for nobody. `user` is given to the function,
 * which must not call this client.
 */
ftp_result ftp_ready_client_set_progress(struct ftp_ready_client *client,
                                         ftp_ready_progress_fn function,
                                         void *user);
#endif

#if defined(FTP_IO)
/**
 * Deletes a file (DELE).
 */
ftp_result ftp_ready_client_delete(struct ftp_ready_client *client,
                                   const char *path,
                                   size_t path_len);
#endif

#if defined(FTP_IO)
/**
 * Renames a file or a directory (RNFR, RNTO).
 */
ftp_result ftp_ready_client_rename(struct ftp_ready_client *client,
                                   const char *from,
                                   size_t from_len,
                                   const char *to,
                                   size_t to_len);
#endif

#if defined(FTP_IO)
/**
 * Makes a directory (MKD).
 */
ftp_result ftp_ready_client_make_directory(struct ftp_ready_client *client,
                                           const char *path,
                                           size_t path_len);
#endif

#if defined(FTP_IO)
/**
 * Removes an empty directory (RMD).
 */
ftp_result ftp_ready_client_remove_directory(struct ftp_ready_client *client,
                                             const char *path,
                                             size_t path_len);
#endif

#if defined(FTP_IO)
/**
 * Changes the working directory (CWD).
 */
ftp_result ftp_ready_client_change_directory(struct ftp_ready_client *client,
                                             const char *path,
                                             size_t path_len);
#endif

#if defined(FTP_IO)
/**
 * Changes to the directory above the working directory (CDUP).
 */
ftp_result ftp_ready_client_change_to_parent(struct ftp_ready_client *client);
#endif

#if defined(FTP_IO)
/**
 * The working directory (PWD).
 */
ftp_result ftp_ready_client_working_directory(struct ftp_ready_client *client,
                                              struct ftp_slice *path);
#endif

#if defined(FTP_IO)
/**
 * How many bytes a file has (SIZE).
 */
ftp_result ftp_ready_client_size(struct ftp_ready_client *client,
                                 const char *path,
                                 size_t path_len,
                                 uint64_t *size);
#endif

#if defined(FTP_IO)
/**
 * When a file was modified (MDTM): seconds since 1970 in UTC, and nanoseconds, which may be NULL.
 */
ftp_result ftp_ready_client_modified(struct ftp_ready_client *client,
                                     const char *path,
                                     size_t path_len,
                                     int64_t *seconds,
                                     uint32_t *nanoseconds);
#endif

#if defined(FTP_IO)
/**
 * Whether the server says that it has a feature, such as `MLST` (FEAT).
 */
ftp_result ftp_ready_client_has_feature(struct ftp_ready_client *client,
                                        const char *name,
                                        size_t name_len,
                                        bool *has);
#endif

#if defined(FTP_IO)
/**
 * Gets to know the server, after the login: what it can do (FEAT), UTF-8 where it offers that, and
 * what servers of its kind need.
 */
ftp_result ftp_ready_client_acquaint(struct ftp_ready_client *client);
#endif

#if defined(FTP_IO)
/**
 * Does nothing, and so finds out whether the server is there (NOOP).
 */
ftp_result ftp_ready_client_noop(struct ftp_ready_client *client);
#endif

#if defined(FTP_IO)
/**
 * Sends a command line of the program's own, without its end, that needs no data connection.
 * `ftp_ready_client_last_reply` gives what the server said.
 *
 * FTP_ERROR_NOT_RAW: the command has a function of its own. FTP_ERROR_REFUSED: the reply is 4yz or
 * 5yz.
 */
ftp_result ftp_ready_client_command(struct ftp_ready_client *client,
                                    const char *line,
                                    size_t line_len);
#endif

#if defined(FTP_IO)
/**
 * Lists a directory, or the working directory where the path is left out. `kind` is an
 * `ftp_ready_listing_kind`; `listing` is left NULL unless the result is FTP_OK. A listing has
 * 1,048,576 entries and 256 MiB at most: FTP_ERROR_TOO_MANY_ENTRIES, FTP_ERROR_TOO_MANY_BYTES.
 */
ftp_result ftp_ready_client_list(struct ftp_ready_client *client,
                                 const char *path,
                                 size_t path_len,
                                 int32_t kind,
                                 struct ftp_ready_listing **listing);
#endif

#if defined(FTP_IO)
/**
 * What the server knows of one file or directory, or of the working directory where the path is
 * left out (MLST). The slices of the entry stay until the next call with this client.
 */
ftp_result ftp_ready_client_facts(struct ftp_ready_client *client,
                                  const char *path,
                                  size_t path_len,
                                  struct ftp_entry *entry);
#endif

#if defined(FTP_IO)
/**
 * Frees a listing. NULL may be freed.
 */
void ftp_ready_listing_free(struct ftp_ready_listing *listing);
#endif

#if defined(FTP_IO)
/**
 * The text of the last call on this listing that failed; empty if none has.
 */
struct ftp_slice ftp_ready_listing_last_error(const struct ftp_ready_listing *listing);
#endif

#if defined(FTP_IO)
/**
 * How many entries a listing has; 0 for NULL.
 */
size_t ftp_ready_listing_count(const struct ftp_ready_listing *listing);
#endif

#if defined(FTP_IO)
/**
 * One entry, by its place from 0 on. Its slices stay until the listing is freed. A line that cannot
 * be read is an entry too, with an empty name and the line in `raw`. FTP_ERROR_RANGE: there are not
 * so many.
 */
ftp_result ftp_ready_listing_entry(const struct ftp_ready_listing *listing,
                                   size_t at,
                                   struct ftp_entry *entry);
#endif

#if defined(FTP_IO)
/**
 * Options with their defaults. NULL only where there is no memory.
 */
struct ftp_ready_client_options *ftp_ready_client_options_new(void);
#endif

#if defined(FTP_IO)
/**
 * Frees options; clients that were connected with them are not concerned. NULL may be freed.
 */
void ftp_ready_client_options_free(struct ftp_ready_client_options *options);
#endif

#if defined(FTP_IO)
/**
 * The text of the last call on these options that failed; empty if none has.
 */
struct ftp_slice ftp_ready_client_options_last_error(const struct ftp_ready_client_options *options);
#endif

#if defined(FTP_IO)
/**
 * Who logs in. The password can be left out where the server asks for none.
 */
ftp_result ftp_ready_client_options_set_login(struct ftp_ready_client_options *options,
                                              const char *user,
                                              size_t user_len,
                                              const char *password,
                                              size_t password_len);
#endif

#if defined(FTP_IO)
/**
 * The account of the login (ACCT), which few servers ask for. It counts only with a login.
 */
ftp_result ftp_ready_client_options_set_account(struct ftp_ready_client_options *options,
                                                const char *account,
                                                size_t account_len);
#endif

#if defined(FTP_IO)
/**
 * Who opens data connections: a number of `ftp_data_policy`.
 */
ftp_result ftp_ready_client_options_set_data(struct ftp_ready_client_options *options,
                                             int32_t data);
#endif

#if defined(FTP_IO)
/**
 * What the host in a 227 reply counts for: a number of `ftp_passive_host`.
 */
ftp_result ftp_ready_client_options_set_passive_host(struct ftp_ready_client_options *options,
                                                     int32_t host);
#endif

#if defined(FTP_IO)
/**
 * The ports to listen at in active mode, both included; any by default.
 */
ftp_result ftp_ready_client_options_set_active_ports(struct ftp_ready_client_options *options,
                                                     uint16_t first,
                                                     uint16_t last);
#endif

#if defined(FTP_IO)
/**
 * The address that the server is told in active mode, where it is not this machine's own (NAT).
 */
ftp_result ftp_ready_client_options_set_active_address(struct ftp_ready_client_options *options,
                                                       const char *address,
                                                       size_t address_len);
#endif

#if defined(FTP_IO)
/**
 * The address of this machine to leave from, such as `192.0.2.7`.
 */
ftp_result ftp_ready_client_options_set_local_address(struct ftp_ready_client_options *options,
                                                      const char *address,
                                                      size_t address_len);
#endif

#if defined(FTP_IO)
/**
 * How long making the control connection may take, over all addresses of the host. Default 30 s.
 */
ftp_result ftp_ready_client_options_set_connect_timeout(struct ftp_ready_client_options *options,
                                                        uint64_t microseconds);
#endif

#if defined(FTP_IO)
/**
 * Any other timeout: an `ftp_timeout` that a client has, and microseconds, FTP_NEVER for none. They
 * run only while a call of the client waits.
 */
ftp_result ftp_ready_client_options_set_timeout(struct ftp_ready_client_options *options,
                                                int32_t timeout,
                                                uint64_t microseconds);
#endif

#if defined(FTP_IO)
/**
 * A bound on what the server may make the client hold: an `ftp_limit`.
 */
ftp_result ftp_ready_client_options_set_limit(struct ftp_ready_client_options *options,
                                              int32_t limit,
                                              uint64_t value);
#endif

#if (defined(FTP_IO) && defined(FTP_TLS))
/**
 * Whether the control connection, and data connections with it, are brought under TLS: a number of
 * `ftp_client_tls`. Addresses with ftpes:// and ftps:// ask for it by themselves.
 */
ftp_result ftp_ready_client_options_set_tls(struct ftp_ready_client_options *options, int32_t tls);
#endif

#if (defined(FTP_IO) && defined(FTP_TLS))
/**
 * Trusts the root certificates of a file in PEM, in place of the system's; of several files, if it
 * is called several times. The file is read when a client connects.
 */
ftp_result ftp_ready_client_options_add_root_file(struct ftp_ready_client_options *options,
                                                  const char *file,
                                                  size_t file_len);
#endif

#if (defined(FTP_IO) && defined(FTP_TLS))
/**
 * Trusts the certificate with this fingerprint, a SHA-256 in 64 hexadecimal digits with or without
 * colons, whoever has signed it and whomever it is for, and no other but those pinned too.
 */
ftp_result ftp_ready_client_options_add_pin(struct ftp_ready_client_options *options,
                                            const char *fingerprint,
                                            size_t fingerprint_len);
#endif

#if (defined(FTP_IO) && defined(FTP_TLS))
/**
 * DANGER: trusts any certificate. Whoever sits on the way can pass himself off as the server, and
 * read and change everything, the password too. Pins that are given count all the same.
 */
ftp_result ftp_ready_client_options_danger_accept_any_certificate(struct ftp_ready_client_options *options);
#endif

#if (defined(FTP_IO) && defined(FTP_TLS))
/**
 * Shows a certificate where a server asks for one: files in PEM, read when a client connects.
 */
ftp_result ftp_ready_client_options_set_certificate(struct ftp_ready_client_options *options,
                                                    const char *certificate,
                                                    size_t certificate_len,
                                                    const char *key,
                                                    size_t key_len);
#endif

#if (defined(FTP_IO) && defined(FTP_TLS))
/**
 * The newest version of TLS to speak: a number of `ftp_ready_tls_version`.
 */
ftp_result ftp_ready_client_options_set_max_tls_version(struct ftp_ready_client_options *options,
                                                        int32_t version);
#endif

#if (defined(FTP_IO) && defined(FTP_TLS))
/**
 * Whom the server's certificate must be for, if not the host of the address.
 */
ftp_result ftp_ready_client_options_set_server_name(struct ftp_ready_client_options *options,
                                                    const char *name,
                                                    size_t name_len);
#endif

#if defined(FTP_IO)
/**
 * Retrieves a file into one of this machine, or with FTP_READY_RESUME_RESTART what is missing of it
 * there. What is here is not touched before the server gives the file.
 *
 * `resume` is a number of `ftp_ready_resume`, but not FTP_READY_RESUME_APPEND. `transfer` may be
 * NULL.
 *
 * FTP_ERROR_LARGER_THAN_SOURCE: what is here is no part of the file. FTP_ERROR_SHORT: less came
 * than the server had told.
 */
ftp_result ftp_ready_client_retrieve_file(struct ftp_ready_client *client,
                                          const char *path,
                                          size_t path_len,
                                          const char *file,
                                          size_t file_len,
                                          int32_t resume,
                                          struct ftp_ready_transfer *transfer);
#endif

#if defined(FTP_IO)
/**
 * Retrieves a file, from an offset in bytes on, into an open descriptor that blocks: a file from
 * its position on, a pipe, a terminal. The descriptor stays open. `transfer` may be NULL.
 */
ftp_result ftp_ready_client_retrieve_fd(struct ftp_ready_client *client,
                                        const char *path,
                                        size_t path_len,
                                        uint64_t offset,
                                        int32_t fd,
                                        struct ftp_ready_transfer *transfer);
#endif

#if defined(FTP_IO)
/**
 * Retrieves a file, from an offset in bytes on, through a function that takes its bytes. `transfer`
 * may be NULL.
 */
ftp_result ftp_ready_client_retrieve_through(struct ftp_ready_client *client,
                                             const char *path,
                                             size_t path_len,
                                             uint64_t offset,
                                             ftp_ready_write_fn function,
                                             void *user,
                                             struct ftp_ready_transfer *transfer);
#endif

#if defined(FTP_IO)
/**
 * Stores a file of this machine, or what is missing of it at the server: FTP_READY_RESUME_RESTART,
 * or FTP_READY_RESUME_APPEND where the server takes no REST before STOR. `transfer` may be NULL.
 *
 * FTP_ERROR_LARGER_THAN_SOURCE: what is at the server is no part of the file.
 * FTP_ERROR_SIZE_DIFFERS: after it was completed, the server has another size.
 */
ftp_result ftp_ready_client_store_file(struct ftp_ready_client *client,
                                       const char *file,
                                       size_t file_len,
                                       const char *path,
                                       size_t path_len,
                                       int32_t resume,
                                       struct ftp_ready_transfer *transfer);
#endif

#if defined(FTP_IO)
/**
 * Stores what an open descriptor that blocks gives, up to its end: a file from its position on, a
 * pipe. The descriptor stays open. `placement` is a number of `ftp_store_as`, to which
 * `offset`, in bytes, belongs with FTP_STORE_AS_AT. `transfer` may be NULL.
 */
ftp_result ftp_ready_client_store_fd(struct ftp_ready_client *client,
                                     const char *path,
                                     size_t path_len,
                                     int32_t placement,
                                     uint64_t offset,
                                     int32_t fd,
                                     struct ftp_ready_transfer *transfer);
#endif

#if defined(FTP_IO)
/**
 * Stores what a function gives, up to its end; otherwise as `ftp_ready_client_store_fd`.
 */
ftp_result ftp_ready_client_store_through(struct ftp_ready_client *client,
                                          const char *path,
                                          size_t path_len,
                                          int32_t placement,
                                          uint64_t offset,
                                          ftp_ready_read_fn function,
                                          void *user,
                                          struct ftp_ready_transfer *transfer);
#endif

#if defined(FTP_IO)
/**
 * Gives the log of the whole library to this function, down to a level of `ftp_log_level`. NULL
 * ends it: when this has returned, the function given before is called no more. This is the one
 * thing that all handles share; any thread may call it, but not out of the function itself.
 *
 * FTP_ERROR_UNSUPPORTED: this library stands within a program that takes its log in another way.
 */
ftp_result ftp_log_to(ftp_log_fn function, void *user, int32_t level);
#endif

#if defined(FTP_IO)
/**
 * Options of a server that nobody can use yet: it has no directory and no users. It listens at any
 * port of all addresses. NULL only where there is no memory.
 */
struct ftp_ready_server_options *ftp_ready_server_options_new(void);
#endif

#if defined(FTP_IO)
/**
 * Frees options; servers that were started with them are not concerned. NULL may be freed.
 */
void ftp_ready_server_options_free(struct ftp_ready_server_options *options);
#endif

#if defined(FTP_IO)
/**
 * The text of the last call on these options that failed; empty if none has.
 */
struct ftp_slice ftp_ready_server_options_last_error(const struct ftp_ready_server_options *options);
#endif

#if defined(FTP_IO)
/**
 * The directory to serve, and nothing outside of it. It must be there when the server starts.
 */
ftp_result ftp_ready_server_options_set_directory(struct ftp_ready_server_options *options,
                                                  const char *directory,
                                                  size_t directory_len);
#endif

#if defined(FTP_IO)
/**
 * A user, in place of one of the same name: kinds of work as some `FTP_PERMISSION_...`
 * joined by `|`, in a directory of the server's that is the user's whole world, or in all of it
 * where that is left out. The password is as it is, or a hash that begins with `$argon2`.
 */
ftp_result ftp_ready_server_options_add_user(struct ftp_ready_server_options *options,
                                             const char *name,
                                             size_t name_len,
                                             const char *password,
                                             size_t password_len,
                                             uint32_t permissions,
                                             const char *home,
                                             size_t home_len);
#endif

#if defined(FTP_IO)
/**
 * Lets in whoever says `anonymous` or `ftp`, with any password; otherwise as for users.
 */
ftp_result ftp_ready_server_options_allow_anonymous(struct ftp_ready_server_options *options,
                                                    uint32_t permissions,
                                                    const char *home,
                                                    size_t home_len);
#endif

#if defined(FTP_IO)
/**
 * A file of users, as `ftp-cli user` writes it, in place of those given one by one.
 */
ftp_result ftp_ready_server_options_set_users_file(struct ftp_ready_server_options *options,
                                                   const char *file,
                                                   size_t file_len);
#endif

#if defined(FTP_IO)
/**
 * Listens at this address too, such as `0.0.0.0:21` or `[::1]:2121`; port 0 picks one. An IPv6
 * address takes IPv6 only.
 */
ftp_result ftp_ready_server_options_listen_on(struct ftp_ready_server_options *options,
                                              const char *address,
                                              size_t address_len);
#endif

#if defined(FTP_IO)
/**
 * The ports of data connections in passive mode, both included; any by default.
 */
ftp_result ftp_ready_server_options_set_passive_ports(struct ftp_ready_server_options *options,
                                                      uint16_t first,
                                                      uint16_t last);
#endif

#if defined(FTP_IO)
/**
 * The IPv4 address that the reply to PASV tells, for a server behind address translation. By
 * default the one that the client has connected to.
 */
ftp_result ftp_ready_server_options_set_announced_address(struct ftp_ready_server_options *options,
                                                          const char *address,
                                                          size_t address_len);
#endif

#if defined(FTP_IO)
/**
 * The text of the greeting; lines are separated by LF.
 */
ftp_result ftp_ready_server_options_set_banner(struct ftp_ready_server_options *options,
                                               const char *banner,
                                               size_t banner_len);
#endif

#if defined(FTP_IO)
/**
 * Sessions at once: in all, from one address, and those in which nobody has logged in yet. By
 * default 1,000, 1,000 and 500.
 */
ftp_result ftp_ready_server_options_set_sessions(struct ftp_ready_server_options *options,
                                                 size_t all,
                                                 size_t from_one_address,
                                                 size_t before_login);
#endif

#if defined(FTP_IO)
/**
 * A timeout: an `ftp_timeout` that a server has, and microseconds, FTP_NEVER for none.
 */
ftp_result ftp_ready_server_options_set_timeout(struct ftp_ready_server_options *options,
                                                int32_t timeout,
                                                uint64_t microseconds);
#endif

#if defined(FTP_IO)
/**
 * A bound on what a client may make its session hold: an `ftp_limit`.
 */
ftp_result ftp_ready_server_options_set_limit(struct ftp_ready_server_options *options,
                                              int32_t limit,
                                              uint64_t value);
#endif

#if defined(FTP_IO)
/**
 * Whether events tell every command and reply: an `ftp_dialogue`.
 */
ftp_result ftp_ready_server_options_set_dialogue(struct ftp_ready_server_options *options,
                                                 int32_t dialogue);
#endif

#if defined(FTP_IO)
/**
 * How many events wait to be taken at most; more are dropped and counted. By default 10,000. With 0
 * there are counters only.
 */
ftp_result ftp_ready_server_options_set_event_room(struct ftp_ready_server_options *options,
                                                   size_t events);
#endif

#if defined(FTP_IO)
/**
 * How many threads serve, 1 to 1,024. By default 2: a thread serves any number of sessions.
 */
ftp_result ftp_ready_server_options_set_threads(struct ftp_ready_server_options *options,
                                                size_t threads);
#endif

#if (defined(FTP_IO) && defined(FTP_TLS))
/**
 * Offers TLS, with the certificate and the private key of files in PEM. They are read when the
 * server starts, and again when they have changed.
 */
ftp_result ftp_ready_server_options_set_certificate(struct ftp_ready_server_options *options,
                                                    const char *certificate,
                                                    size_t certificate_len,
                                                    const char *key,
                                                    size_t key_len);
#endif

#if (defined(FTP_IO) && defined(FTP_TLS))
/**
 * Listens at this address for clients that begin with TLS, mostly at port 990.
 */
ftp_result ftp_ready_server_options_listen_implicit(struct ftp_ready_server_options *options,
                                                    const char *address,
                                                    size_t address_len);
#endif

#if (defined(FTP_IO) && defined(FTP_TLS))
/**
 * What clients must protect, and what those must who are anonymous: numbers of
 * `ftp_tls_required`.
 */
ftp_result ftp_ready_server_options_require_tls(struct ftp_ready_server_options *options,
                                                int32_t required,
                                                int32_t required_of_anonymous);
#endif

#if (defined(FTP_IO) && defined(FTP_TLS))
/**
 * Asks clients for a certificate that one of the roots in this file has signed, in PEM.
 */
ftp_result ftp_ready_server_options_set_client_roots(struct ftp_ready_server_options *options,
                                                     const char *file,
                                                     size_t file_len);
#endif

#if (defined(FTP_IO) && defined(FTP_TLS))
/**
 * The newest version of TLS to speak: a number of `ftp_ready_tls_version`.
 */
ftp_result ftp_ready_server_options_set_max_tls_version(struct ftp_ready_server_options *options,
                                                        int32_t version);
#endif

#if defined(FTP_IO)
/**
 * A server that has not been started. NULL only where there is no memory.
 */
struct ftp_ready_server *ftp_ready_server_new(void);
#endif

#if defined(FTP_IO)
/**
 * Frees a server. One that runs is stopped at once, and its threads are gone when this returns.
 * NULL may be freed.
 */
void ftp_ready_server_free(struct ftp_ready_server *server);
#endif

#if defined(FTP_IO)
/**
 * The text of the last call on this server that failed; empty if none has.
 */
struct ftp_slice ftp_ready_server_last_error(const struct ftp_ready_server *server);
#endif

#if defined(FTP_IO)
/**
 * Listens, and serves in threads of its own from now on. The options can be freed or used again
 * afterwards. A server is started once.
 *
 * FTP_ERROR_SYSTEM: the directory cannot be opened, or an address cannot be listened at.
 * FTP_ERROR_TLS: the certificate cannot be used, or there is none though TLS is asked for.
 * FTP_ERROR_STARTED.
 */
ftp_result ftp_ready_server_start(struct ftp_ready_server *server,
                                  const struct ftp_ready_server_options *options);
#endif

#if defined(FTP_IO)
/**
 * At how many addresses the server listens; 0 before it is started.
 */
size_t ftp_ready_server_address_count(const struct ftp_ready_server *server);
#endif

#if defined(FTP_IO)
/**
 * Where the server listens, by the place from 0 on, in the order asked for, those for TLS from the
 * start last: the address as in `127.0.0.1:2121`, with the port that was picked. It stays until the
 * server is freed. FTP_ERROR_RANGE: there are not so many.
 */
ftp_result ftp_ready_server_address(const struct ftp_ready_server *server,
                                    size_t at,
                                    struct ftp_slice *address);
#endif

#if defined(FTP_IO)
/**
 * The port of such an address; 0 if there are not so many.
 */
uint16_t ftp_ready_server_port(const struct ftp_ready_server *server, size_t at);
#endif

#if defined(FTP_IO)
/**
 * Waits for the next event, so many microseconds at most: 0 to look only, FTP_NEVER for ever. What
 * has come is in `event`: FTP_READY_EVENT_KIND_NONE if nothing has in time, and
 * FTP_READY_EVENT_KIND_ENDED once the server has ended and every event was taken.
 */
ftp_result ftp_ready_server_next_event(struct ftp_ready_server *server,
                                       uint64_t microseconds,
                                       struct ftp_ready_event *event);
#endif

#if defined(FTP_IO)
/**
 * A descriptor that is readable while an event, or the end of the server, is to be taken; for
 * poll(2) and such, and for nothing else. It belongs to the server. -1 before it is started.
 */
int32_t ftp_ready_server_descriptor(const struct ftp_ready_server *server);
#endif

#if defined(FTP_IO)
/**
 * What the server has done so far. Any thread, at any time.
 */
ftp_result ftp_ready_server_counters(const struct ftp_ready_server *server,
                                     struct ftp_ready_counters *counters);
#endif

#if defined(FTP_IO)
/**
 * Ends the server in order: it listens no more, running transfers end first, then their clients are
 * told with 421. Does not wait. Any thread, at any time.
 */
ftp_result ftp_ready_server_stop(const struct ftp_ready_server *server);
#endif

#if defined(FTP_IO)
/**
 * Ends the server at once: every connection is closed as it is. Does not wait. Any thread, at any
 * time.
 */
ftp_result ftp_ready_server_stop_now(const struct ftp_ready_server *server);
#endif

#if defined(FTP_IO)
/**
 * Waits until the server has ended, so many microseconds at most, FTP_NEVER for ever; `has_ended`
 * is set to whether it has. Somebody must have said so. Any thread, at any time.
 */
ftp_result ftp_ready_server_wait(const struct ftp_ready_server *server,
                                 uint64_t microseconds,
                                 bool *has_ended);
#endif

#if defined(FTP_IO)
/**
 * Reads the certificate and the file of users again. Sessions that run keep what they began with;
 * after a failure so does the server. Any thread, at any time.
 */
ftp_result ftp_ready_server_renew(const struct ftp_ready_server *server);
#endif

/**
 * A reader with the default limits of a session; NULL if there is a fault.
 */
struct ftp_reply_reader *ftp_reply_reader_new(void);

/**
 * Frees a reader; NULL is nothing to free.
 */
void ftp_reply_reader_free(struct ftp_reply_reader *reader);

/**
 * What the last call on this reader that failed has said.
 */
struct ftp_slice ftp_reply_reader_last_error(const struct ftp_reply_reader *reader);

/**
 * Takes bytes; `taken` is set to how many, the rest is to be offered again when replies were read.
 */
ftp_result ftp_reply_reader_push(struct ftp_reply_reader *reader,
                                 const void *data,
                                 size_t len,
                                 size_t *taken);

/**
 * The next reply that is whole; its code is 0 when more bytes are needed. Its text stays until the
 * next call on this reader. `FTP_ERROR_DECODE` for bytes that are no reply, or too many of them;
 * what follows cannot be told then.
 */
ftp_result ftp_reply_reader_next(struct ftp_reply_reader *reader, struct ftp_reply *reply);

/**
 * Writes a reply as a server sends it, CRLF included, to a buffer of `capacity` bytes; lines of
 * `text` are separated by LF. `len` is set to the bytes written, or, with
 * `FTP_ERROR_BUFFER_TOO_SMALL`, to those needed. `FTP_ERROR_RANGE` for a code outside 100 to 599.
 */
ftp_result ftp_reply_write(uint16_t code,
                           const char *text,
                           size_t text_len,
                           char *buffer,
                           size_t capacity,
                           size_t *len);

/**
 * What a result means, in a few words of English that end in NUL and are never freed. Any number
 * may be given.
 */
const char *ftp_result_string(int32_t result);

/**
 * A session on a control connection that was just accepted, which is NULL unless the result is
 * `FTP_OK`. `config` may be NULL for the defaults; sessions share it, and it may be changed or freed
 * afterwards, which changes nothing for them. `local` and `peer` are the two ends of the control
 * connection, `opening` an `ftp_opening`.
 */
ftp_result ftp_server_new(const struct ftp_server_config *config,
                          const struct ftp_address *local,
                          const struct ftp_address *peer,
                          int32_t opening,
                          uint64_t now,
                          struct ftp_server **server);

/**
 * The next thing to do: fills `output`. Call it until it says `FTP_OUTPUT_KIND_WAIT`, and again
 * after every other call, and when the deadline has come. `now` is the time in microseconds of a
 * monotonic clock. What the output points to stays until the next call of this function, bytes to
 * be sent until the next call with this session.
 *
 * A server session never fails: its last word is `FTP_OUTPUT_KIND_CLOSE`.
 */
ftp_result ftp_server_poll(struct ftp_server *server, uint64_t now, struct ftp_output *output);

/**
 * So many of the bytes offered were written.
 */
ftp_result ftp_server_sent(struct ftp_server *server, size_t bytes);

/**
 * Nothing can be sent any more: a write to the control connection has failed. Go on reading: what
 * the peer said before it went away tells more than that it did.
 */
ftp_result ftp_server_handle_send_lost(struct ftp_server *server);

/**
 * Takes bytes that came on the control connection; `taken` is set to how many, which is all that
 * `ftp_wait.read` allowed. What was not taken is handed over again. After the end of the session
 * all are taken, and forgotten.
 */
ftp_result ftp_server_handle_input(struct ftp_server *server,
                                   const void *data,
                                   size_t len,
                                   size_t *taken);

/**
 * The peer has closed its side of the control connection.
 */
ftp_result ftp_server_handle_eof(struct ftp_server *server);

/**
 * The control connection broke: nothing can be sent any more, and nothing more will come.
 */
ftp_result ftp_server_handle_lost(struct ftp_server *server);

/**
 * A listener is bound; `announced` is the address that the peer must be told: the one that it can
 * reach, with the port bound.
 */
ftp_result ftp_server_handle_data_listening(struct ftp_server *server,
                                            uint32_t id,
                                            const struct ftp_address *announced);

/**
 * A connection came to the listener: is it the data connection? `FTP_ACCEPTED_KEEP` counts as
 * `ftp_server_handle_data_connected`.
 */
ftp_result ftp_server_handle_data_accepted(struct ftp_server *server,
                                           uint32_t id,
                                           const struct ftp_address *from,
                                           ftp_accepted *verdict);

/**
 * The data connection asked for by `FTP_OUTPUT_KIND_CONNECT_DATA` is made.
 */
ftp_result ftp_server_handle_data_connected(struct ftp_server *server, uint32_t id);

/**
 * The data connection asked for, or its listener, cannot be had: an `ftp_data_failure`.
 */
ftp_result ftp_server_handle_data_failed(struct ftp_server *server, uint32_t id, int32_t why);

/**
 * So many bytes have crossed the data connection in all. Tell it before a poll whose deadline has
 * come: bytes that have moved and were not told of count as stalled.
 */
ftp_result ftp_server_handle_data_progress(struct ftp_server *server, uint32_t id, uint64_t total);

/**
 * A restart marker came among the data (`ftp_codec_take_marker`): what the sender calls this place,
 * and where in the local file it stands.
 */
ftp_result ftp_server_handle_data_marker(struct ftp_server *server,
                                         uint32_t id,
                                         const char *text,
                                         size_t text_len,
                                         uint64_t position);

/**
 * The TLS handshake of a data connection is done: an `ftp_handshake`.
 */
ftp_result ftp_server_handle_data_secured(struct ftp_server *server,
                                          uint32_t id,
                                          int32_t handshake);

/**
 * The bytes have stopped moving: how many crossed the data connection, and an `ftp_data_ending`.
 */
ftp_result ftp_server_handle_data_ended(struct ftp_server *server,
                                        uint32_t id,
                                        uint64_t bytes,
                                        int32_t ending);

/**
 * The control connection is under TLS, by an `ftp_handshake`; `certificate` is the peer's own in
 * DER, which the driver has verified, or NULL.
 */
ftp_result ftp_server_handle_tls_established(struct ftp_server *server,
                                             int32_t handshake,
                                             const void *certificate,
                                             size_t certificate_len);

/**
 * The control connection could not be brought under TLS, or out of it in order.
 */
ftp_result ftp_server_handle_tls_failed(struct ftp_server *server);

/**
 * TLS has ended on the control connection, which goes on in clear.
 */
ftp_result ftp_server_handle_tls_stopped(struct ftp_server *server);

/**
 * What the session waits for, at any time, so that a blocked write stops neither reading nor the
 * clock.
 */
ftp_result ftp_server_wait(const struct ftp_server *server, struct ftp_wait *wait);

/**
 * Whether the session has come to its end: nothing is read any more, and what is still queued leads
 * to `FTP_OUTPUT_KIND_CLOSE`. True for NULL and after a fault.
 */
bool ftp_server_is_over(const struct ftp_server *server);

/**
 * Whether no command is being carried out and nothing waits to be sent. False for NULL and after a fault.
 */
bool ftp_server_is_idle(const struct ftp_server *server);

/**
 * Frees a session; NULL is nothing to free. Codecs that it handed out live on.
 */
void ftp_server_free(struct ftp_server *server);

/**
 * What the last call on this session that failed has said.
 */
struct ftp_slice ftp_server_last_error(const struct ftp_server *server);

/**
 * Ends the session in order: a transfer that is running ends first, then the client is told with
 * 421.
 */
ftp_result ftp_server_stop(struct ftp_server *server);

/**
 * The user who has logged in; its `data` is NULL while nobody has. It stays until the next call with
 * this session.
 */
ftp_result ftp_server_user(const struct ftp_server *server,
                           struct ftp_slice *user);

/**
 * Answers `FTP_SERVER_EVENT_KIND_AUTHENTICATE` and `..._IDENTIFY`: the user may do what the sum of
 * some `FTP_PERMISSION_...` says, and begins in the directory `home`.
 *
 * What holds for every answer: `FTP_ERROR_NOT_ASKED` for a number that is no question's or whose
 * question was answered, `FTP_ERROR_WRONG_ANSWER` where another kind of answer is asked for; the
 * question waits on then. An answer to one that was taken back is ignored.
 */
ftp_result ftp_server_answer_granted(struct ftp_server *server,
                                     uint32_t op,
                                     uint32_t permissions,
                                     const char *home,
                                     size_t home_len);

/**
 * Answers `FTP_SERVER_EVENT_KIND_METADATA`: what is at the path. The name may be left out.
 */
ftp_result ftp_server_answer_entry(struct ftp_server *server,
                                   uint32_t op,
                                   const struct ftp_entry *entry);

/**
 * Answers `FTP_SERVER_EVENT_KIND_OPEN_READ`, `..._OPEN_WRITE` and `..._OPEN_LIST`: it is open.
 * `size` is how many bytes will follow, for the 150 reply, or `FTP_UNKNOWN`; `name` is the one that
 * STOU made, for the others NULL.
 */
ftp_result ftp_server_answer_opened(struct ftp_server *server,
                                    uint32_t op,
                                    uint64_t size,
                                    const char *name,
                                    size_t name_len);

/**
 * Answers `FTP_SERVER_EVENT_KIND_FINISH` and the changes: it is done.
 */
ftp_result ftp_server_answer_done(struct ftp_server *server, uint32_t op);

/**
 * Answers any question: it is not done, as an `ftp_denied` says.
 */
ftp_result ftp_server_answer_denied(struct ftp_server *server, uint32_t op, int32_t denied);

/**
 * Settings with their defaults; NULL if there is a fault.
 */
struct ftp_server_config *ftp_server_config_new(void);

/**
 * Frees settings; NULL is nothing to free. Sessions made with them live on.
 */
void ftp_server_config_free(struct ftp_server_config *config);

/**
 * What the last call on these settings that failed has said.
 */
struct ftp_slice ftp_server_config_last_error(const struct ftp_server_config *config);

/**
 * The text of the greeting; lines are separated by LF.
 */
ftp_result ftp_server_config_set_banner(struct ftp_server_config *config,
                                        const char *banner,
                                        size_t banner_len);

/**
 * Where data connections come from in active mode: an `ftp_data_port`, and the port with
 * `FTP_DATA_PORT_PORT`, else 0. Default `FTP_DATA_PORT_STANDARD`.
 */
ftp_result ftp_server_config_set_data_port(struct ftp_server_config *config,
                                           int32_t data_port,
                                           uint16_t port);

/**
 * What the storage can do beyond the plain: the sum of some `FTP_ABILITY_...`. FEAT follows it, and
 * a command for what is missing is answered with 502. Default all.
 */
ftp_result ftp_server_config_set_abilities(struct ftp_server_config *config, uint32_t abilities);

/**
 * Sets a bound: an `ftp_limit`, and its value. `FTP_ERROR_RANGE` for more than the bound can be.
 */
ftp_result ftp_server_config_set_limit(struct ftp_server_config *config,
                                       int32_t limit,
                                       uint64_t value);

/**
 * Sets a deadline: an `ftp_timeout`, and microseconds, `FTP_NEVER` for none.
 */
ftp_result ftp_server_config_set_timeout(struct ftp_server_config *config,
                                         int32_t timeout,
                                         uint64_t micros);

/**
 * Whether AUTH is to be had: an `ftp_tls_offer`. Default `FTP_TLS_OFFER_NEVER`.
 */
ftp_result ftp_server_config_set_tls_offer(struct ftp_server_config *config, int32_t tls_offer);

/**
 * What users must protect: an `ftp_tls_required`. Default `FTP_TLS_REQUIRED_NOTHING`.
 */
ftp_result ftp_server_config_set_tls_required(struct ftp_server_config *config,
                                              int32_t tls_required);

/**
 * What those must protect who log in as `anonymous` or `ftp`: an `ftp_tls_required`. Default
 * `FTP_TLS_REQUIRED_NOTHING`.
 */
ftp_result ftp_server_config_set_tls_required_for_anonymous(struct ftp_server_config *config,
                                                            int32_t tls_required_for_anonymous);

/**
 * What becomes of CCC: an `ftp_clear_control`. Default `FTP_CLEAR_CONTROL_REFUSED`.
 */
ftp_result ftp_server_config_set_clear_control(struct ftp_server_config *config,
                                               int32_t clear_control);

/**
 * What becomes of an upload that ends without close_notify: an `ftp_truncated_uploads`. Default
 * `FTP_TRUNCATED_UPLOADS_REFUSED`.
 */
ftp_result ftp_server_config_set_truncated_uploads(struct ftp_server_config *config,
                                                   int32_t truncated_uploads);

/**
 * What a client's certificate counts for: an `ftp_certificate_login`. Default
 * `FTP_CERTIFICATE_LOGIN_BESIDE`.
 */
ftp_result ftp_server_config_set_certificate_login(struct ftp_server_config *config,
                                                   int32_t certificate_login);

/**
 * Which transfer parameters are taken: an `ftp_transfers`. Default `FTP_TRANSFERS_ALL`.
 */
ftp_result ftp_server_config_set_transfers(struct ftp_server_config *config, int32_t transfers);

/**
 * Whether events tell each command and reply: an `ftp_dialogue`. Default `FTP_DIALOGUE_SILENT`.
 */
ftp_result ftp_server_config_set_dialogue(struct ftp_server_config *config, int32_t dialogue);

/**
 * The UTC date and time of a number of seconds since 1970. `FTP_ERROR_RANGE` past the years 1 to
 * 9999.
 */
ftp_result ftp_date_time_from_unix(int64_t seconds, struct ftp_date_time *time);

/**
 * Seconds since 1970, the date and time taken as UTC; the fraction is dropped. `FTP_ERROR_RANGE`
 * for a time that no calendar and no clock has.
 */
ftp_result ftp_date_time_to_unix(const struct ftp_date_time *time, int64_t *seconds);

/**
 * The version of the library that is linked, as in `"0.1.0"`. `FTP_VERSION` is that of the header.
 */
const char *ftp_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* FTPPROTO_H */


/* The layout that the library was built with: what a program is compiled with must be the same. */
#ifndef FTPPROTO_LAYOUT
#define FTPPROTO_LAYOUT
#ifdef __cplusplus
static_assert(sizeof(ftp_output) == 264, "ftp_output has a fixed size");
static_assert(sizeof(ftp_address) == 24, "ftp_address has a fixed size");
#else
typedef char ftp_output_has_a_fixed_size[sizeof(ftp_output) == 264 ? 1 : -1];
typedef char ftp_address_has_a_fixed_size[sizeof(ftp_address) == 24 ? 1 : -1];
#endif
#endif
