/* File bytes on their way between a file and a socket, through a codec. */
#ifndef MOVING_H
#define MOVING_H

#include <errno.h>
#include <ftpproto.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct moving {
  int file;
  ftp_direction direction;
  ftp_codec *codec;
  uint64_t moved;                 /* Bytes that crossed the data connection. */
  char in[1 << 16], out[1 << 16]; /* Before the codec and behind it. */
  const char *ready;              /* What is to be sent, or written. */
  size_t at, len, left;           /* In `in`; of `ready`. */
  bool plain, ends, finished;
} moving;

/* Begins; the codec and the file are let go of by moving_stop. */
static inline void moving_start(moving *m, const ftp_move_data *what) {
  m->direction = what->direction;
  m->codec = what->codec;
  m->plain = ftp_codec_is_passthrough(what->codec);
  m->moved = m->at = m->len = m->left = 0;
  m->ends = m->finished = false;
}

static inline void moving_stop(moving *m) {
  ftp_codec_free(m->codec);
  if (m->file >= 0) close(m->file);
  m->codec = NULL, m->file = -1;
}

/* Runs what is in `in` through the codec; what is passed through as it is is not copied. */
static inline ftp_result moving_encode(moving *m) {
  if (m->plain) {
    m->ready = m->in + m->at, m->left = m->len - m->at, m->at = m->len, m->finished = m->ends;
    return FTP_OK;
  }
  size_t read = 0;
  int source = m->ends ? FTP_SOURCE_ENDS : FTP_SOURCE_GOES_ON;
  ftp_result result = ftp_codec_run(m->codec, m->in + m->at, m->len - m->at, m->out, sizeof m->out,
                                    source, &read, &m->left, &m->finished);
  m->at += read, m->ready = m->out;
  return result;
}

/* Takes a step: true if it could be taken, false to wait. At the end `ending` is how it ended. */
static inline bool moving_step(moving *m, int fd, int *ending) {
  ssize_t n;
  *ending = -1;
  if (m->direction == FTP_DIRECTION_RECEIVE) {
    n = recv(fd, m->in, sizeof m->in, 0);
    if (n < 0 && errno == EAGAIN) return false;
    if (n < 0) return *ending = FTP_DATA_ENDING_RESET, true;
    m->at = 0, m->len = (size_t)n, m->ends = n == 0, m->moved += (uint64_t)n;
    while (!m->finished && (m->at < m->len || m->ends)) {
      ftp_result result = moving_encode(m);
      if (result == FTP_ERROR_TRUNCATED) return *ending = FTP_DATA_ENDING_RESET, true;
      if (result != FTP_OK) return *ending = FTP_DATA_ENDING_LOCAL, true;
      errno = 0;
      if (write(m->file, m->ready, m->left) != (ssize_t)m->left)
        return *ending = errno == ENOSPC ? FTP_DATA_ENDING_NO_SPACE : FTP_DATA_ENDING_LOCAL, true;
    }
    if (m->finished) *ending = FTP_DATA_ENDING_COMPLETE;
    return true;
  }
  while (m->left == 0 && !m->finished) {
    if (m->at == m->len && !m->ends) {
      n = read(m->file, m->in, sizeof m->in);
      if (n < 0) return *ending = FTP_DATA_ENDING_LOCAL, true;
      m->at = 0, m->len = (size_t)n, m->ends = n == 0;
    }
    if (moving_encode(m) != FTP_OK) return *ending = FTP_DATA_ENDING_LOCAL, true;
  }
  if (m->left == 0) {
    *ending = shutdown(fd, SHUT_WR) ? FTP_DATA_ENDING_RESET : FTP_DATA_ENDING_COMPLETE;
    return true;
  }
  n = send(fd, m->ready, m->left, MSG_NOSIGNAL);
  if (n < 0 && errno == EAGAIN) return false;
  if (n < 0) return *ending = FTP_DATA_ENDING_RESET, true;
  m->ready += n, m->left -= (size_t)n, m->moved += (uint64_t)n;
  return true;
}

#endif
