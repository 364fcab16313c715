/* What the epoll examples have in common: a clock, and sockets that never block. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <errno.h>
#include <fcntl.h>
#include <ftpproto.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Microseconds of the monotonic clock. */
static inline uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* What a control connection must be: it never blocks, and urgent data stays in line. */
static inline void prepare(int control) {
  int on = 1;
  setsockopt(control, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
  setsockopt(control, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(control, F_SETFL, O_NONBLOCK);
}

/* A descriptor that nothing is wanted of is not watched: epoll would tell of its end for ever. */
static inline void watch(int epoll, int fd, uint32_t events, void *whose) {
  struct epoll_event event = {.events = events, .data.ptr = whose};
  if (fd < 0 || events == 0) epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
  else if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event)) epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* What getsockname or getpeername tells; of family 0 if nothing. */
static inline ftp_address address_of(int fd, int (*which)(int, struct sockaddr *, socklen_t *)) {
  struct sockaddr_storage at;
  socklen_t len = sizeof at;
  ftp_address address = {.family = 0};
  if (!which(fd, (struct sockaddr *)&at, &len)) ftp_address_from_sockaddr(&at, len, &address);
  return address;
}

/* Milliseconds until a deadline, an hour at most. */
static inline int until(uint64_t deadline) {
  uint64_t at = now(), left = deadline > at ? (deadline - at) / 1000 + 1 : 0;
  return left > 3600000 ? 3600000 : (int)left;
}

/* A socket that listens at an address; -1 with `errno` if it cannot. */
static inline int listen_at(const ftp_address *address) {
  struct sockaddr_storage at;
  size_t len = 0;
  int on = 1, error;
  ftp_address_to_sockaddr(address, &at, sizeof at, &len);
  int fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (address->port != 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!bind(fd, (struct sockaddr *)&at, (socklen_t)len) && !listen(fd, 128)) return fd;
  error = errno;
  if (fd >= 0) close(fd);
  errno = error;
  return -1;
}

/* A socket that connects to an address, from a local one unless its family is 0; a local port that
 * cannot be had is replaced by any. */
static inline int connect_to(const ftp_address *to, ftp_address from) {
  struct sockaddr_storage at;
  size_t len = 0;
  int on = 1, error;
  ftp_address_to_sockaddr(to, &at, sizeof at, &len);
  int fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_storage here;
  size_t here_len = 0;
  int bound = 0;
  if (from.family != 0) {
    if (from.port != 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ftp_address_to_sockaddr(&from, &here, sizeof here, &here_len);
    bound = bind(fd, (struct sockaddr *)&here, (socklen_t)here_len);
  }
  if (!bound && !connect(fd, (struct sockaddr *)&at, (socklen_t)len)) return fd;
  if (!bound && errno == EINPROGRESS) return fd;
  error = errno;
  if (fd >= 0) close(fd);
  if (from.port != 0 && (error == EACCES || error == EADDRINUSE || error == EADDRNOTAVAIL)) {
    from.port = 0;
    return connect_to(to, from);
  }
  errno = error;
  return -1;
}

/* How far a connection is: 1 made, 0 not yet, -1 with `errno` if it cannot be. */
static inline int connected(int fd) {
  int error = 0;
  socklen_t len = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
  if ((errno = error) != 0) return -1;
  return address_of(fd, getpeername).family != 0;
}

/* Closes a socket; with a reset, so that a peer cannot take a part for the whole. */
static inline void part(int fd, ftp_closing how) {
  struct linger none = {.l_onoff = 1, .l_linger = 0};
  if (fd < 0) return;
  if (how == FTP_CLOSING_RESET) setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  close(fd);
}

/* Why a data connection cannot be had, out of `errno`. */
static inline ftp_data_failure failure(void) {
  switch (errno) {
    case ECONNREFUSED: return FTP_DATA_FAILURE_REFUSED;
    case EHOSTUNREACH:
    case ENETUNREACH: return FTP_DATA_FAILURE_UNREACHABLE;
    case ETIMEDOUT: return FTP_DATA_FAILURE_TIMED_OUT;
    case EADDRINUSE:
    case EADDRNOTAVAIL: return FTP_DATA_FAILURE_NO_ADDRESS;
    default: return FTP_DATA_FAILURE_OTHER;
  }
}

#endif
