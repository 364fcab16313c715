/*
 * A client session in an epoll loop: one thread, both ways of opening the data connection.
 *
 *   epoll_client client HOST PORT USER PASSWORD passive|active get|put REMOTE LOCAL [--impatient]
 *
 * It logs in, transfers one file and says QUIT; the exit status is 0 if all of it went well.
 */
#define _GNU_SOURCE
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "moving.h"
#include "sockets.h"

/* The data connection, or its listener: there is one at most. */
static int data = -1;
static uint32_t id;
static enum { NOTHING, ACCEPTING, CONNECTING, MOVING } doing;
static moving file = {.file = -1};

static ftp_client *client;
static int control, epoll;
static const char *verb, *remote, *local;
static uint32_t login, transfer;
static bool went_well;

/* The data connection cannot be had, as `errno` tells. */
static bool fail_data(void) {
  doing = NOTHING;
  ftp_client_handle_data_failed(client, id, failure());
  return true;
}

static bool end_data(int ending) {
  doing = NOTHING;
  ftp_client_handle_data_ended(client, id, file.moved, ending);
  return true;
}

/* Takes one step on the data connection; whether one could be taken. */
static bool step_data(void) {
  if (doing == ACCEPTING) {
    int fd = accept4(data, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return errno != EAGAIN && errno != ECONNABORTED && fail_data();
    ftp_accepted verdict = FTP_ACCEPTED_DROP;
    ftp_address from = address_of(fd, getpeername);
    ftp_client_handle_data_accepted(client, id, &from, &verdict);
    close(verdict == FTP_ACCEPTED_KEEP ? data : fd); /* A stranger is closed, or the listener. */
    if (verdict == FTP_ACCEPTED_KEEP) data = fd, doing = NOTHING;
    return true;
  }
  if (doing == CONNECTING) {
    int made = connected(data);
    if (made <= 0) return made < 0 && fail_data();
    doing = NOTHING;
    ftp_client_handle_data_connected(client, id);
    return true;
  }
  if (doing != MOVING) return false;
  int ending;
  return moving_step(&file, data, &ending) && (ending < 0 || end_data(ending));
}

/* Begins an action. How it goes shows itself in step_data. */
static void begin(const ftp_output *output) {
  if (output->kind == FTP_OUTPUT_KIND_CONNECT_DATA) {
    id = output->body.connect_data.id;
    data = connect_to(&output->body.connect_data.to, output->body.connect_data.local);
    doing = CONNECTING;
    if (data < 0) fail_data();
  } else if (output->kind == FTP_OUTPUT_KIND_LISTEN_DATA) {
    id = output->body.listen_data.id;
    data = listen_at(&output->body.listen_data.local);
    ftp_address bound = address_of(data, getsockname);
    if (data < 0) fail_data();
    else ftp_client_handle_data_listening(client, id, &bound);
  } else if (output->kind == FTP_OUTPUT_KIND_ACCEPT_DATA) {
    doing = ACCEPTING;
  } else if (output->kind == FTP_OUTPUT_KIND_MOVE_DATA) {
    moving_start(&file, &output->body.move_data);
    int how = file.direction == FTP_DIRECTION_SEND ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
    file.file = open(local, how | O_CLOEXEC, 0666);
    doing = MOVING;
    if (file.file < 0) end_data(FTP_DATA_ENDING_LOCAL);
  } else if (output->kind == FTP_OUTPUT_KIND_CLOSE_DATA) {
    part(data, output->body.close_data.how);
    moving_stop(&file);
    data = -1, doing = NOTHING;
  }
}

/* What the application makes of an event: login, the transfer, QUIT. */
static void tell(const ftp_client_event *event) {
  if (event->kind != FTP_CLIENT_EVENT_KIND_DONE) return;
  if (event->result != FTP_OK) fprintf(stderr, "%.*s\n", (int)event->text.len, event->text.data);
  if (event->op == login && event->result == FTP_OK) {
    size_t len = strlen(remote);
    int type = FTP_REPRESENTATION_IMAGE;
    if (verb[0] == 'g') ftp_client_retrieve(client, remote, len, 0, type, FTP_UNKNOWN, &transfer);
    else ftp_client_store(client, FTP_STORE_AS_WHOLE, remote, len, 0, type, &transfer);
  } else if (event->op == login || event->op == transfer) {
    went_well = event->result == FTP_OK;
    ftp_client_quit(client, NULL);
  }
}

/* The loop: everything is tried until nothing moves, then waited for. */
static bool drive(void) {
  for (;;) {
    if (doing == MOVING) ftp_client_handle_data_progress(client, id, file.moved);
    ftp_output output;
    if (ftp_client_poll(client, now(), &output) != FTP_OK) return false;
    bool moves = false;
    if (output.kind == FTP_OUTPUT_KIND_SEND || output.kind == FTP_OUTPUT_KIND_SEND_URGENT) {
      int urgent = output.kind == FTP_OUTPUT_KIND_SEND_URGENT ? MSG_OOB : 0;
      ssize_t n = send(control, output.body.send.data, output.body.send.len, MSG_NOSIGNAL | urgent);
      moves = n >= 0 || errno != EAGAIN;
      if (n >= 0) ftp_client_sent(client, (size_t)n);
      else if (moves) ftp_client_handle_send_lost(client);
    } else if (output.kind == FTP_OUTPUT_KIND_EVENT) {
      tell(&output.body.client);
      continue;
    } else if (output.kind == FTP_OUTPUT_KIND_CLOSE) {
      return went_well;
    } else if (output.kind != FTP_OUTPUT_KIND_WAIT) {
      begin(&output);
      continue;
    }
    moves |= step_data();
    ftp_wait wait;
    ftp_client_wait(client, &wait);
    if (wait.read > 0) {
      char buffer[4096];
      ssize_t n = recv(control, buffer, wait.read < sizeof buffer ? wait.read : sizeof buffer, 0);
      size_t taken;
      moves |= n >= 0 || errno != EAGAIN;
      if (n > 0) ftp_client_handle_input(client, buffer, (size_t)n, &taken);
      else if (n == 0) ftp_client_handle_eof(client);
      else if (errno != EAGAIN) ftp_client_handle_lost(client);
    }
    if (moves) continue;
    bool reads = doing == ACCEPTING || file.direction == FTP_DIRECTION_RECEIVE;
    uint32_t wanted = doing != CONNECTING && reads ? EPOLLIN : EPOLLOUT;
    watch(epoll, control, (wait.read > 0 ? EPOLLIN : 0) | (wait.write ? EPOLLOUT : 0), NULL);
    watch(epoll, data, doing == NOTHING ? 0 : wanted, NULL);
    struct epoll_event events[2];
    epoll_wait(epoll, events, 2, until(wait.deadline));
  }
}

int main(int argc, char **argv) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
  if (argc < 10 || getaddrinfo(argv[2], argv[3], &hints, &found)) return 2;
  verb = argv[7], remote = argv[8], local = argv[9];
  control = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(control, found->ai_addr, found->ai_addrlen)) return perror(argv[2]), 1;
  freeaddrinfo(found);
  prepare(control);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  ftp_client_config *config = ftp_client_config_new();
  bool active = argv[6][0] == 'a';
  ftp_client_config_set_data(config, active ? FTP_DATA_POLICY_ACTIVE : FTP_DATA_POLICY_PASSIVE);
  for (int t = FTP_TIMEOUT_GREETING; argc > 10 && t < FTP_TIMEOUT_KEEP_ALIVE; t++)
    ftp_client_config_set_timeout(config, t, 1000000);
  if (argc > 10) ftp_client_config_set_timeout(config, FTP_TIMEOUT_SEND, 1000000);
  ftp_address here = address_of(control, getsockname), there = address_of(control, getpeername);
  if (ftp_client_new(config, &here, &there, now(), &client) != FTP_OK) return 1;
  ftp_client_config_free(config);
  ftp_client_login(client, argv[4], strlen(argv[4]), argv[5], strlen(argv[5]), NULL, 0, &login);
  bool done = drive();
  ftp_slice error = ftp_client_last_error(client);
  if (!done) fprintf(stderr, "%.*s\n", (int)error.len, error.data);
  ftp_client_free(client);
  part(data, FTP_CLOSING_RESET);
  moving_stop(&file);
  close(control), close(epoll);
  return done ? 0 : 1;
}
