/*
 * Serves a directory, tells what happens, and stops in order at SIGTERM or SIGINT.
 *
 *     server DIRECTORY USER PASSWORD [CERTIFICATE KEY]
 *
 * It says `listening on ADDRESS`, then a line for each event, and at the end what was counted. The
 * exit code is 0, 1 for a failure, 2 for a call that makes no sense.
 */
#define _POSIX_C_SOURCE 200809L
#include "ftpproto.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int bell[2];

static void on_signal(int number) {
  char byte = (char)number;
  /* A pipe that is full rings already. */
  if (write(bell[1], &byte, 1) < 0) {
    return;
  }
}

static int said(const char *what, ftp_slice why) {
  fprintf(stderr, "%s: %.*s\n", what, (int)why.len, why.len > 0 ? why.data : "");
  return 1;
}

static void print(const char *name, ftp_slice text) {
  if (text.data != NULL) {
    printf(" %s=%.*s", name, (int)text.len, text.data);
  }
}

static const char *name_of(int32_t kind) {
  switch (kind) {
  case FTP_READY_EVENT_KIND_SESSION_STARTED:
    return "session started";
  case FTP_READY_EVENT_KIND_SESSION_ENDED:
    return "session ended";
  case FTP_READY_EVENT_KIND_CONTROL_SECURED:
    return "control connection secured";
  case FTP_READY_EVENT_KIND_DATA_SECURED:
    return "data connection secured";
  case FTP_READY_EVENT_KIND_LOGGED_IN:
    return "logged in";
  case FTP_READY_EVENT_KIND_LOGIN_REFUSED:
    return "login refused";
  case FTP_READY_EVENT_KIND_TRANSFER_STARTED:
    return "transfer started";
  case FTP_READY_EVENT_KIND_TRANSFER_ENDED:
    return "transfer ended";
  default:
    return "event";
  }
}

static void tell(const ftp_ready_event *event) {
  printf("%s session=%" PRIu64, name_of(event->kind), event->session);
  print("user", event->user);
  print("path", event->path);
  print("peer", event->peer);
  if (event->kind == FTP_READY_EVENT_KIND_TRANSFER_ENDED) {
    printf(" bytes=%" PRIu64 " whole=%d", event->bytes, event->is_whole);
  }
  print("detail", event->detail);
  printf("\n");
  fflush(stdout);
}

/* Takes the events that have come; whether the server has ended. */
static int has_ended(ftp_ready_server *server) {
  ftp_ready_event event;
  while (ftp_ready_server_next_event(server, 0, &event) == FTP_OK) {
    if (event.kind == FTP_READY_EVENT_KIND_NONE) {
      return 0;
    }
    if (event.kind == FTP_READY_EVENT_KIND_ENDED) {
      return 1;
    }
    tell(&event);
  }
  return 1;
}

static int serve(ftp_ready_server *server) {
  ftp_ready_counters counters;
  ftp_slice address;
  struct pollfd waits[2];
  size_t at;
  char byte;
  for (at = 0; at < ftp_ready_server_address_count(server); at++) {
    if (ftp_ready_server_address(server, at, &address) == FTP_OK) {
      printf("listening on %.*s\n", (int)address.len, address.data);
    }
  }
  fflush(stdout);
  waits[0].fd = ftp_ready_server_descriptor(server);
  waits[1].fd = bell[0];
  waits[0].events = waits[1].events = POLLIN;
  do {
    waits[0].revents = waits[1].revents = 0;
    if (poll(waits, 2, -1) > 0 && waits[1].revents != 0 && read(bell[0], &byte, 1) == 1) {
      (void)ftp_ready_server_stop(server);
    }
  } while (!has_ended(server));
  if (ftp_ready_server_counters(server, &counters) != FTP_OK) {
    return 1;
  }
  printf("%" PRIu64 " sessions, %" PRIu64 " whole transfers, %" PRIu64 " bytes out, %" PRIu64
         " bytes in\n",
         counters.sessions_started, counters.transfers_whole, counters.bytes_sent,
         counters.bytes_received);
  return 0;
}

static ftp_result set(ftp_ready_server_options *options, int count, char **words) {
  ftp_result result =
      ftp_ready_server_options_set_directory(options, words[1], strlen(words[1]));
  if (result == FTP_OK) {
    result = ftp_ready_server_options_add_user(options, words[2], strlen(words[2]), words[3],
                                               strlen(words[3]), FTP_PERMISSION_READ_WRITE, NULL, 0);
  }
  if (result == FTP_OK) {
    result = ftp_ready_server_options_listen_on(options, FTP_TEXT("127.0.0.1:0"));
  }
  if (result == FTP_OK && count == 6) {
    result = ftp_ready_server_options_set_certificate(options, words[4], strlen(words[4]), words[5],
                                                      strlen(words[5]));
  }
  return result;
}

int main(int count, char **words) {
  ftp_ready_server_options *options = ftp_ready_server_options_new();
  ftp_ready_server *server = ftp_ready_server_new();
  struct sigaction action;
  int code = 2;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  if (options == NULL || server == NULL || pipe(bell) != 0) {
    return 1;
  }
  (void)sigaction(SIGTERM, &action, NULL);
  (void)sigaction(SIGINT, &action, NULL);
  if (count != 4 && count != 6) {
    fprintf(stderr, "usage: server DIRECTORY USER PASSWORD [CERTIFICATE KEY]\n");
  } else if (set(options, count, words) != FTP_OK) {
    code = said("the options make no sense", ftp_ready_server_options_last_error(options));
  } else if (ftp_ready_server_start(server, options) != FTP_OK) {
    code = said("cannot serve", ftp_ready_server_last_error(server));
  } else {
    code = serve(server);
  }
  ftp_ready_server_free(server);
  ftp_ready_server_options_free(options);
  close(bell[0]);
  close(bell[1]);
  return code;
}
