/*
 * Server sessions in an epoll loop: one thread, many sessions, both modes, one directory.
 *
 *   epoll_server server DIRECTORY ADDRESS:PORT [--user NAME:PASSWORD] [--impatient]
 *
 * Without --user it lets in `anonymous`. It prints `listening on ADDRESS:PORT` and serves until it
 * is killed. Files are read and written in between; a slow disk would be for other threads.
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "directory.h"
#include "moving.h"
#include "sockets.h"

typedef struct visit {
  struct visit *next;
  ftp_server *server;
  int control, data; /* `data` is the data connection or its listener: there is one at most. */
  enum { NOTHING, ACCEPTING, CONNECTING, MOVING } doing;
  uint32_t id, opened; /* The data connection, and the question that opened the file. */
  moving file;
} visit;

static int epoll;
static visit *visits;

static bool fail_data(visit *v) {
  v->doing = NOTHING;
  ftp_server_handle_data_failed(v->server, v->id, failure());
  return true;
}

static bool end_data(visit *v, int ending) {
  v->doing = NOTHING;
  ftp_server_handle_data_ended(v->server, v->id, v->file.moved, ending);
  return true;
}

/* Takes one step on the data connection; whether one could be taken. */
static bool step_data(visit *v) {
  if (v->doing == ACCEPTING) {
    int fd = accept4(v->data, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return errno != EAGAIN && errno != ECONNABORTED && fail_data(v);
    ftp_accepted verdict = FTP_ACCEPTED_DROP;
    ftp_address from = address_of(fd, getpeername);
    ftp_server_handle_data_accepted(v->server, v->id, &from, &verdict);
    close(verdict == FTP_ACCEPTED_KEEP ? v->data : fd); /* A stranger is closed, or the listener. */
    if (verdict == FTP_ACCEPTED_KEEP) v->data = fd, v->doing = NOTHING;
    return true;
  }
  if (v->doing == CONNECTING) {
    int made = connected(v->data);
    if (made <= 0) return made < 0 && fail_data(v);
    v->doing = NOTHING;
    ftp_server_handle_data_connected(v->server, v->id);
    return true;
  }
  if (v->doing != MOVING) return false;
  int ending;
  return moving_step(&v->file, v->data, &ending) && (ending < 0 || end_data(v, ending));
}

static void close_data(visit *v, ftp_closing how) {
  part(v->data, how);
  moving_stop(&v->file);
  v->data = -1, v->doing = NOTHING;
}

/* Begins an action. How it goes shows itself in step_data. */
static void begin(visit *v, const ftp_output *output) {
  if (output->kind == FTP_OUTPUT_KIND_CONNECT_DATA) {
    v->id = output->body.connect_data.id;
    v->data = connect_to(&output->body.connect_data.to, output->body.connect_data.local);
    v->doing = CONNECTING;
    if (v->data < 0) fail_data(v);
  } else if (output->kind == FTP_OUTPUT_KIND_LISTEN_DATA) {
    v->id = output->body.listen_data.id;
    v->data = listen_at(&output->body.listen_data.local);
    ftp_address bound = address_of(v->data, getsockname);
    if (v->data < 0) fail_data(v);
    else ftp_server_handle_data_listening(v->server, v->id, &bound);
  } else if (output->kind == FTP_OUTPUT_KIND_ACCEPT_DATA) {
    v->doing = ACCEPTING;
  } else if (output->kind == FTP_OUTPUT_KIND_MOVE_DATA) {
    moving_start(&v->file, &output->body.move_data);
    v->doing = MOVING;
    if (v->file.file < 0) end_data(v, FTP_DATA_ENDING_LOCAL);
  } else if (output->kind == FTP_OUTPUT_KIND_CLOSE_DATA) {
    close_data(v, output->body.close_data.how);
  }
}

/* One turn of a session, so long that the others need not wait; false when it is over. */
static bool drive(visit *v, int *timeout) {
  ftp_wait wait = {.read = 0};
  for (int steps = 0; steps < 64; steps++) {
    if (v->doing == MOVING) ftp_server_handle_data_progress(v->server, v->id, v->file.moved);
    ftp_output output;
    bool moves = false;
    if (ftp_server_poll(v->server, now(), &output) != FTP_OK) return false;
    if (output.kind == FTP_OUTPUT_KIND_SEND || output.kind == FTP_OUTPUT_KIND_SEND_URGENT) {
      ssize_t n = send(v->control, output.body.send.data, output.body.send.len, MSG_NOSIGNAL);
      moves = n >= 0 || errno != EAGAIN;
      if (n >= 0) ftp_server_sent(v->server, (size_t)n);
      else if (moves) ftp_server_handle_send_lost(v->server);
    } else if (output.kind == FTP_OUTPUT_KIND_EVENT) {
      const ftp_server_event *e = &output.body.server;
      if (e->kind == FTP_SERVER_EVENT_KIND_CANCEL && e->op == v->opened) moving_stop(&v->file);
      if (e->is_question) answer(v->server, e, &v->file.file, &v->opened);
      continue;
    } else if (output.kind == FTP_OUTPUT_KIND_CLOSE) {
      return false;
    } else if (output.kind != FTP_OUTPUT_KIND_WAIT) {
      begin(v, &output);
      continue;
    }
    moves |= step_data(v);
    ftp_server_wait(v->server, &wait);
    if (wait.read > 0) {
      char buffer[4096];
      size_t room = wait.read < sizeof buffer ? wait.read : sizeof buffer;
      ssize_t n = recv(v->control, buffer, room, 0);
      size_t taken;
      moves |= n >= 0 || errno != EAGAIN;
      if (n > 0) ftp_server_handle_input(v->server, buffer, (size_t)n, &taken);
      else if (n == 0) ftp_server_handle_eof(v->server);
      else if (errno != EAGAIN) ftp_server_handle_lost(v->server);
    }
    if (moves) continue;
    bool receives = v->doing == MOVING && v->file.direction == FTP_DIRECTION_RECEIVE;
    bool reads = v->doing == ACCEPTING || receives;
    watch(epoll, v->control, (wait.read > 0 ? EPOLLIN : 0) | (wait.write ? EPOLLOUT : 0), v);
    watch(epoll, v->data, v->doing == NOTHING ? 0 : reads ? EPOLLIN : EPOLLOUT, v);
    int left = until(wait.deadline);
    if (left < *timeout) *timeout = left;
    return true;
  }
  *timeout = 0; /* It could go on at once. */
  return true;
}

static void welcome(int listener, const ftp_server_config *config) {
  int control = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  visit *v = control < 0 ? NULL : calloc(1, sizeof *v);
  prepare(control);
  ftp_address here = address_of(control, getsockname), there = address_of(control, getpeername);
  if (v && ftp_server_new(config, &here, &there, FTP_OPENING_CLEAR, now(), &v->server) == FTP_OK) {
    v->control = control, v->data = v->file.file = -1, v->next = visits, visits = v;
    return;
  }
  free(v);
  if (control >= 0) close(control);
}

int main(int argc, char **argv) {
  ftp_server_config *config = ftp_server_config_new();
  ftp_address address;
  if (argc < 4 || ftp_address_parse(argv[3], strlen(argv[3]), &address) != FTP_OK) return 2;
  for (int i = 4; i < argc; i++) {
    if (strcmp(argv[i], "--user") == 0) user = argv[i + 1];
    bool impatient = strcmp(argv[i], "--impatient") == 0;
    for (int t = 0; impatient && t < FTP_TIMEOUT_REFUSED_LOGIN; t++)
      ftp_server_config_set_timeout(config, t, 1000000);
    if (impatient) ftp_server_config_set_timeout(config, FTP_TIMEOUT_SEND, 1000000);
  }
  ftp_server_config_set_abilities(config, FTP_ABILITY_APPEND | FTP_ABILITY_RESUME);
  root = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
  int listener = listen_at(&address);
  if (root < 0 || listener < 0) return perror(argv[0]), 1;
  address = address_of(listener, getsockname);
  char text[64];
  size_t len = 0;
  ftp_address_write(&address, text, sizeof text, &len);
  printf("listening on %.*s\n", (int)len, text);
  fflush(stdout);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listener, EPOLLIN, NULL);
  for (int timeout = -1;;) {
    struct epoll_event events[64];
    int n = epoll_wait(epoll, events, 64, timeout);
    for (int i = 0; i < n; i++)
      if (events[i].data.ptr == NULL) welcome(listener, config);
    timeout = 3600000;
    for (visit **at = &visits; *at;) {
      visit *v = *at;
      if (drive(v, &timeout)) {
        at = &v->next;
        continue;
      }
      *at = v->next;
      close_data(v, FTP_CLOSING_RESET);
      close(v->control);
      ftp_server_free(v->server);
      free(v);
    }
  }
}
