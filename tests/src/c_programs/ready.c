/*
 * The rules of the ready client and server: each call that makes no sense gives its code, and
 * nothing that a peer or a function of the program does harms the program.
 *
 *     ready DIRECTORY        an empty one, which is served
 */
#define _POSIX_C_SOURCE 200809L
#include "ftpproto.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(what)                                                                                \
  do {                                                                                             \
    if (!(what)) {                                                                                 \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);                           \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)
#define GIVES(code, call)                                                                          \
  do {                                                                                             \
    ftp_result came = (call);                                                                     \
    if (came != (code)) {                                                                         \
      fprintf(stderr, "%s:%d: %d in place of %d: %s\n", __FILE__, __LINE__, (int)came,             \
              (int)(code), #call);                                                                 \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

enum { SIZE = 8 * 1024 * 1024 };

struct meeting {
  ftp_ready_client *client;
  ftp_canceller *canceller;
  size_t calls;
};

static void *cancel(void *user) {
  GIVES(FTP_OK, ftp_canceller_cancel(user));
  return NULL;
}

/* Takes everything, and has another thread end the transfer. */
static ptrdiff_t take_and_cancel(void *user, const void *bytes, size_t len) {
  struct meeting *meeting = user;
  (void)bytes;
  if (meeting->calls++ == 0) {
    pthread_t thread;
    GIVES(FTP_ERROR_IN_USE, ftp_ready_client_noop(meeting->client));
    ftp_ready_client_free(NULL);
    CHECK(pthread_create(&thread, NULL, cancel, meeting->canceller) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
  }
  return (ptrdiff_t)len;
}

static ptrdiff_t refuse_to_take(void *user, const void *bytes, size_t len) {
  (void)user, (void)bytes, (void)len;
  return -1;
}

static ptrdiff_t take_too_much(void *user, const void *bytes, size_t len) {
  (void)user, (void)bytes;
  return (ptrdiff_t)len + 1;
}

/* Gives SIZE bytes that can be told apart. */
static ptrdiff_t give(void *user, void *buffer, size_t len) {
  size_t *given = user;
  unsigned char *bytes = buffer;
  size_t at;
  for (at = 0; at < len && *given < SIZE; at++, (*given)++) {
    bytes[at] = (unsigned char)(*given * 2654435761u >> 13);
  }
  return (ptrdiff_t)at;
}

static ptrdiff_t refuse_to_give(void *user, void *buffer, size_t len) {
  (void)user, (void)buffer, (void)len;
  return -1;
}

static int32_t end_at_once(void *user, uint64_t done, uint64_t total) {
  (void)done, (void)total;
  ++*(int *)user;
  return 1;
}

static void count_line(void *user, int32_t level, ftp_slice text) {
  CHECK(level >= FTP_LOG_LEVEL_ERROR && level <= FTP_LOG_LEVEL_DEBUG && text.len > 0);
  CHECK(memchr(text.data, 0, text.len) == NULL);
  (void)pthread_mutex_lock(user);
  (void)pthread_mutex_unlock(user);
}

static void null_is_refused(void) {
  ftp_ready_event event;
  ftp_ready_counters counters;
  ftp_slice slice;
  bool flag;
  ftp_ready_client_free(NULL);
  ftp_ready_client_options_free(NULL);
  ftp_ready_server_free(NULL);
  ftp_ready_server_options_free(NULL);
  ftp_ready_listing_free(NULL);
  ftp_canceller_free(NULL);
  CHECK(ftp_ready_client_last_error(NULL).data == NULL);
  CHECK(ftp_ready_client_path(NULL).data == NULL);
  CHECK(!ftp_ready_client_is_connected(NULL));
  CHECK(ftp_ready_server_descriptor(NULL) == -1);
  CHECK(ftp_ready_server_port(NULL, 0) == 0);
  CHECK(ftp_ready_listing_count(NULL) == 0);
  GIVES(FTP_ERROR_NULL, ftp_ready_client_connect(NULL, FTP_TEXT("ftp://127.0.0.1/"), NULL));
  GIVES(FTP_ERROR_NULL, ftp_ready_client_quit(NULL));
  GIVES(FTP_ERROR_NULL, ftp_ready_client_noop(NULL));
  GIVES(FTP_ERROR_NULL, ftp_canceller_cancel(NULL));
  GIVES(FTP_ERROR_NULL, ftp_ready_server_start(NULL, NULL));
  GIVES(FTP_ERROR_NULL, ftp_ready_server_stop(NULL));
  GIVES(FTP_ERROR_NULL, ftp_ready_server_stop_now(NULL));
  GIVES(FTP_ERROR_NULL, ftp_ready_server_renew(NULL));
  GIVES(FTP_ERROR_NULL, ftp_ready_server_wait(NULL, 0, &flag));
  GIVES(FTP_ERROR_NULL, ftp_ready_server_counters(NULL, &counters));
  GIVES(FTP_ERROR_NULL, ftp_ready_server_next_event(NULL, 0, &event));
  GIVES(FTP_ERROR_NULL, ftp_ready_server_address(NULL, 0, &slice));
  GIVES(FTP_ERROR_NULL, ftp_ready_client_options_set_tls(NULL, 0));
  GIVES(FTP_ERROR_ENUM, ftp_log_to(NULL, NULL, 0));
  GIVES(FTP_ERROR_ENUM, ftp_log_to(NULL, NULL, 99));
}

static void options_are_checked(void) {
  ftp_ready_client_options *client = ftp_ready_client_options_new();
  ftp_ready_server_options *server = ftp_ready_server_options_new();
  GIVES(FTP_ERROR_NULL, ftp_ready_client_options_set_login(client, NULL, 1, NULL, 0));
  GIVES(FTP_ERROR_EMPTY, ftp_ready_client_options_set_login(client, "", 0, NULL, 0));
  GIVES(FTP_ERROR_FORBIDDEN_BYTE,
        ftp_ready_client_options_set_login(client, FTP_TEXT("a\r\nDELE b"), NULL, 0));
  CHECK(ftp_ready_client_options_last_error(client).len > 0);
  GIVES(FTP_ERROR_ENUM, ftp_ready_client_options_set_tls(client, 4));
  GIVES(FTP_ERROR_ENUM, ftp_ready_client_options_set_tls(client, -1));
  GIVES(FTP_ERROR_ENUM, ftp_ready_client_options_set_data(client, 7));
  GIVES(FTP_ERROR_ENUM, ftp_ready_client_options_set_passive_host(client, 3));
  GIVES(FTP_ERROR_ENUM, ftp_ready_client_options_set_max_tls_version(client, 11));
  GIVES(FTP_ERROR_ENUM, ftp_ready_client_options_set_timeout(client, 13, 1));
  GIVES(FTP_ERROR_ENUM, ftp_ready_client_options_set_limit(client, -1, 1));
  GIVES(FTP_ERROR_RANGE, ftp_ready_client_options_set_active_ports(client, 0, 1));
  GIVES(FTP_ERROR_RANGE, ftp_ready_client_options_set_active_ports(client, 2, 1));
  GIVES(FTP_ERROR_RANGE, ftp_ready_client_options_set_local_address(client, FTP_TEXT("here")));
  GIVES(FTP_ERROR_RANGE, ftp_ready_client_options_add_pin(client, FTP_TEXT("00:11")));
  GIVES(FTP_ERROR_EMPTY, ftp_ready_client_options_add_root_file(client, "", 0));
  GIVES(FTP_ERROR_FORBIDDEN_BYTE, ftp_ready_client_options_add_root_file(client, "a\0b", 3));
  GIVES(FTP_OK, ftp_ready_client_options_set_timeout(client, FTP_TIMEOUT_REPLY, FTP_NEVER));
  GIVES(FTP_ERROR_ENUM, ftp_ready_server_options_set_dialogue(server, 2));
  GIVES(FTP_ERROR_ENUM, ftp_ready_server_options_require_tls(server, 0, 4));
  GIVES(FTP_ERROR_RANGE, ftp_ready_server_options_listen_on(server, FTP_TEXT("localhost")));
  GIVES(FTP_ERROR_RANGE, ftp_ready_server_options_set_threads(server, 0));
  GIVES(FTP_ERROR_RANGE, ftp_ready_server_options_set_announced_address(server, FTP_TEXT("::1")));
  GIVES(FTP_ERROR_RANGE,
        ftp_ready_server_options_add_user(server, FTP_TEXT("a"), FTP_TEXT("b"), 64, NULL, 0));
  CHECK(ftp_ready_server_options_last_error(server).len > 0);
  ftp_ready_client_options_free(client);
  ftp_ready_server_options_free(server);
}

static void a_server_starts_once(ftp_ready_server *server, const char *directory) {
  ftp_ready_server_options *options = ftp_ready_server_options_new();
  ftp_ready_event event;
  ftp_slice address;
  GIVES(FTP_ERROR_NOT_CONNECTED, ftp_ready_server_stop(server));
  GIVES(FTP_ERROR_NOT_CONNECTED, ftp_ready_server_next_event(server, 0, &event));
  GIVES(FTP_ERROR_NULL, ftp_ready_server_start(server, NULL));
  GIVES(FTP_ERROR_EMPTY, ftp_ready_server_start(server, options));
  GIVES(FTP_OK, ftp_ready_server_options_set_directory(options, FTP_TEXT("/nowhere/at/all")));
  GIVES(FTP_ERROR_SYSTEM, ftp_ready_server_start(server, options));
  CHECK(ftp_ready_server_last_error(server).len > 0);
  GIVES(FTP_OK, ftp_ready_server_options_set_directory(options, directory, strlen(directory)));
  GIVES(FTP_OK, ftp_ready_server_options_require_tls(options, FTP_TLS_REQUIRED_BOTH, 0));
  GIVES(FTP_ERROR_TLS, ftp_ready_server_start(server, options));
  GIVES(FTP_OK, ftp_ready_server_options_require_tls(options, 0, 0));
  GIVES(FTP_OK, ftp_ready_server_options_add_user(options, FTP_TEXT("ada"), FTP_TEXT("secret"),
                                                  FTP_PERMISSION_READ_WRITE, NULL, 0));
  GIVES(FTP_OK, ftp_ready_server_options_listen_on(options, FTP_TEXT("127.0.0.1:0")));
  GIVES(FTP_OK, ftp_ready_server_start(server, options));
  GIVES(FTP_ERROR_STARTED, ftp_ready_server_start(server, options));
  GIVES(FTP_ERROR_RANGE, ftp_ready_server_address(server, 1, &address));
  GIVES(FTP_ERROR_NULL, ftp_ready_server_address(server, 0, NULL));
  GIVES(FTP_ERROR_NULL, ftp_ready_server_next_event(server, 0, NULL));
  GIVES(FTP_OK, ftp_ready_server_next_event(server, 0, &event));
  CHECK(event.kind == FTP_READY_EVENT_KIND_NONE);
  GIVES(FTP_OK, ftp_ready_server_renew(server));
  ftp_ready_server_options_free(options);
}

static void a_client_needs_a_connection(ftp_ready_client *client) {
  uint64_t size;
  ftp_ready_listing *listing = (ftp_ready_listing *)client;
  GIVES(FTP_ERROR_NOT_CONNECTED, ftp_ready_client_noop(client));
  GIVES(FTP_ERROR_NOT_CONNECTED, ftp_ready_client_quit(client));
  GIVES(FTP_ERROR_NOT_CONNECTED, ftp_ready_client_size(client, FTP_TEXT("a"), &size));
  GIVES(FTP_ERROR_NOT_CONNECTED, ftp_ready_client_list(client, NULL, 0, 0, &listing));
  CHECK(listing == NULL);
  GIVES(FTP_ERROR_NULL, ftp_ready_client_connect(client, NULL, 0, NULL));
  GIVES(FTP_ERROR_URL, ftp_ready_client_connect(client, FTP_TEXT("http://127.0.0.1/"), NULL));
  GIVES(FTP_ERROR_CONNECT, ftp_ready_client_connect(client, FTP_TEXT("ftp://127.0.0.1:1/"), NULL));
  CHECK(ftp_ready_client_last_error(client).len > 0);
}

static void connect_to(ftp_ready_client *client, uint16_t port) {
  char url[64];
  ftp_reply reply;
  ftp_slice path;
  (void)snprintf(url, sizeof url, "ftp://ada:wrong@127.0.0.1:%u/", port);
  GIVES(FTP_ERROR_REFUSED, ftp_ready_client_connect(client, url, strlen(url), NULL));
  CHECK(!ftp_ready_client_is_connected(client));
  (void)snprintf(url, sizeof url, "ftp://ada:secret@127.0.0.1:%u/a%%20b", port);
  GIVES(FTP_OK, ftp_ready_client_connect(client, url, strlen(url), NULL));
  CHECK(ftp_ready_client_is_connected(client));
  path = ftp_ready_client_path(client);
  CHECK(path.len == 3 && memcmp(path.data, "a b", 3) == 0);
  GIVES(FTP_OK, ftp_ready_client_last_reply(client, &reply));
  CHECK(reply.code == 230 && reply.text.len > 0);
}

static void transfers_end_as_they_should(ftp_ready_client *client) {
  struct meeting meeting = {client, NULL, 0};
  ftp_ready_transfer moved;
  size_t given = 0;
  uint64_t size = 0;
  int ends[2];
  int calls = 0;
  GIVES(FTP_OK, ftp_ready_client_store_through(client, FTP_TEXT("file"), FTP_STORE_AS_WHOLE, 0, give,
                                               &given, &moved));
  CHECK(moved.bytes == SIZE && moved.size == SIZE);
  GIVES(FTP_OK, ftp_ready_client_size(client, FTP_TEXT("file"), &size));
  CHECK(size == SIZE);
  GIVES(FTP_ERROR_LOCAL, ftp_ready_client_store_through(client, FTP_TEXT("other"), 0, 0,
                                                        refuse_to_give, NULL, NULL));
  GIVES(FTP_ERROR_LOCAL, ftp_ready_client_retrieve_through(client, FTP_TEXT("file"), 0,
                                                           refuse_to_take, NULL, NULL));
  GIVES(FTP_ERROR_LOCAL, ftp_ready_client_retrieve_through(client, FTP_TEXT("file"), 0,
                                                           take_too_much, NULL, NULL));
  GIVES(FTP_ERROR_NULL,
        ftp_ready_client_retrieve_through(client, FTP_TEXT("file"), 0, NULL, NULL, NULL));
  GIVES(FTP_ERROR_ENUM, ftp_ready_client_store_fd(client, FTP_TEXT("file"), 4, 0, 0, NULL));
  GIVES(FTP_ERROR_NULL, ftp_ready_client_store_fd(client, NULL, 0, 0, 0, 0, NULL));
  GIVES(FTP_ERROR_RANGE, ftp_ready_client_retrieve_fd(client, FTP_TEXT("file"), 0, -1, NULL));
  GIVES(FTP_ERROR_SYSTEM, ftp_ready_client_retrieve_fd(client, FTP_TEXT("file"), 0, 9999, NULL));
  GIVES(FTP_ERROR_ENUM,
        ftp_ready_client_retrieve_file(client, FTP_TEXT("file"), FTP_TEXT("here"), 3, NULL));

  /* A pipe that nobody reads: an error, and no signal. */
  CHECK(pipe(ends) == 0);
  CHECK(close(ends[0]) == 0);
  GIVES(FTP_ERROR_LOCAL, ftp_ready_client_retrieve_fd(client, FTP_TEXT("file"), 0, ends[1], NULL));
  CHECK(close(ends[1]) == 0);

  GIVES(FTP_OK, ftp_ready_client_canceller(client, &meeting.canceller));
  GIVES(FTP_ERROR_ABORTED, ftp_ready_client_retrieve_through(client, FTP_TEXT("file"), 0,
                                                             take_and_cancel, &meeting, NULL));
  GIVES(FTP_OK, ftp_ready_client_noop(client));
  ftp_canceller_free(meeting.canceller);

  GIVES(FTP_OK, ftp_ready_client_set_progress(client, end_at_once, &calls));
  meeting.calls = 1;
  GIVES(FTP_ERROR_ABORTED, ftp_ready_client_retrieve_through(client, FTP_TEXT("file"), 0,
                                                             take_and_cancel, &meeting, NULL));
  CHECK(calls > 0);
  GIVES(FTP_OK, ftp_ready_client_set_progress(client, NULL, NULL));
}

static void files_change(ftp_ready_client *client) {
  ftp_ready_listing *listing = NULL;
  ftp_entry entry;
  ftp_reply reply;
  ftp_slice path;
  int64_t seconds = 0;
  bool has = false;
  GIVES(FTP_OK, ftp_ready_client_make_directory(client, FTP_TEXT("a dir")));
  GIVES(FTP_OK, ftp_ready_client_change_directory(client, FTP_TEXT("a dir")));
  GIVES(FTP_OK, ftp_ready_client_working_directory(client, &path));
  CHECK(path.len == 6 && memcmp(path.data, "/a dir", 6) == 0);
  GIVES(FTP_OK, ftp_ready_client_change_to_parent(client));
  GIVES(FTP_OK, ftp_ready_client_rename(client, FTP_TEXT("file"), FTP_TEXT("a dir/moved")));
  GIVES(FTP_OK, ftp_ready_client_modified(client, FTP_TEXT("a dir/moved"), &seconds, NULL));
  CHECK(seconds > 1600000000);
  GIVES(FTP_OK, ftp_ready_client_facts(client, FTP_TEXT("a dir/moved"), &entry));
  CHECK(entry.kind == FTP_KIND_FILE && entry.has_size && entry.size == SIZE);
  GIVES(FTP_ERROR_ENUM, ftp_ready_client_list(client, FTP_TEXT("a dir"), 4, &listing));
  GIVES(FTP_OK, ftp_ready_client_list(client, FTP_TEXT("a dir"), 0, &listing));
  CHECK(ftp_ready_listing_count(listing) == 1);
  GIVES(FTP_ERROR_RANGE, ftp_ready_listing_entry(listing, 1, &entry));
  GIVES(FTP_ERROR_NULL, ftp_ready_listing_entry(listing, 0, NULL));
  GIVES(FTP_OK, ftp_ready_listing_entry(listing, 0, &entry));
  CHECK(entry.name.len == 5 && memcmp(entry.name.data, "moved", 5) == 0);
  GIVES(FTP_OK, ftp_ready_client_delete(client, FTP_TEXT("a dir/moved")));
  CHECK(memcmp(entry.name.data, "moved", 5) == 0);
  ftp_ready_listing_free(listing);
  GIVES(FTP_OK, ftp_ready_client_remove_directory(client, FTP_TEXT("a dir")));
  GIVES(FTP_ERROR_REFUSED, ftp_ready_client_remove_directory(client, FTP_TEXT("a dir")));
  GIVES(FTP_OK, ftp_ready_client_last_reply(client, &reply));
  CHECK(reply.code == 550);
  GIVES(FTP_OK, ftp_ready_client_acquaint(client));
  GIVES(FTP_OK, ftp_ready_client_has_feature(client, FTP_TEXT("MLST"), &has));
  CHECK(has);
  GIVES(FTP_OK, ftp_ready_client_command(client, FTP_TEXT("STAT")));
  GIVES(FTP_ERROR_NOT_RAW, ftp_ready_client_command(client, FTP_TEXT("RETR a")));
  GIVES(FTP_ERROR_FORBIDDEN_BYTE, ftp_ready_client_command(client, FTP_TEXT("NOOP\r\nDELE a")));
  GIVES(FTP_ERROR_FORBIDDEN_BYTE, ftp_ready_client_delete(client, FTP_TEXT("a\nb")));
  GIVES(FTP_ERROR_EMPTY, ftp_ready_client_delete(client, "", 0));
}

static void *stop(void *user) {
  GIVES(FTP_OK, ftp_ready_server_stop(user));
  return NULL;
}

static void the_server_stops(ftp_ready_server *server) {
  ftp_ready_counters counters;
  ftp_ready_event event;
  pthread_t thread;
  bool has_ended = false;
  int transfers = 0;
  CHECK(pthread_create(&thread, NULL, stop, server) == 0);
  do {
    GIVES(FTP_OK, ftp_ready_server_next_event(server, FTP_NEVER, &event));
    if (event.kind == FTP_READY_EVENT_KIND_TRANSFER_ENDED && event.is_whole) {
      CHECK(event.path.len > 0);
      transfers++;
    }
  } while (event.kind != FTP_READY_EVENT_KIND_ENDED);
  CHECK(pthread_join(thread, NULL) == 0);
  GIVES(FTP_OK, ftp_ready_server_wait(server, FTP_NEVER, &has_ended));
  CHECK(has_ended);
  GIVES(FTP_OK, ftp_ready_server_counters(server, &counters));
  CHECK(counters.sessions == 0 && counters.transfers == 0 && counters.logins == 1);
  CHECK(counters.logins_refused == 1 && counters.bytes_received >= SIZE);
  CHECK(counters.transfers_whole == (uint64_t)transfers && transfers > 0);
}

int main(int count, char **words) {
  pthread_mutex_t lines = PTHREAD_MUTEX_INITIALIZER;
  ftp_ready_server *server = ftp_ready_server_new();
  ftp_ready_client *client = ftp_ready_client_new();
  CHECK(count == 2 && server != NULL && client != NULL);
  CHECK(strcmp(ftp_version(), FTP_VERSION) == 0);
  GIVES(FTP_OK, ftp_log_to(count_line, &lines, FTP_LOG_LEVEL_DEBUG));
  null_is_refused();
  options_are_checked();
  a_server_starts_once(server, words[1]);
  a_client_needs_a_connection(client);
  connect_to(client, ftp_ready_server_port(server, 0));
  transfers_end_as_they_should(client);
  files_change(client);
  GIVES(FTP_OK, ftp_ready_client_quit(client));
  the_server_stops(server);
  ftp_ready_client_free(client);
  ftp_ready_server_free(server);
  GIVES(FTP_OK, ftp_log_to(NULL, NULL, FTP_LOG_LEVEL_DEBUG));
  return 0;
}
