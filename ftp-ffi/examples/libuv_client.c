/*
 * A client session in libuv's loop: it downloads one file, in passive mode. libuv reads and writes
 * by itself; each callback tells the session what happened and lets it go on.
 *
 *   libuv_client client HOST PORT USER PASSWORD passive get REMOTE LOCAL
 */
#define _GNU_SOURCE
#include <ftpproto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static uv_loop_t *loop;
static uv_tcp_t control, data;
static uv_timer_t timer;
static ftp_client *client;
static uint32_t login, transfer, id;
static uint64_t moved;
static bool reads, writes, has_data, moves, is_over, went_well;
static const char *remote;
static FILE *file;

static void go_on(void);
static uint64_t now(void) { return uv_hrtime() / 1000; }

static void give_room(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
  static char room[1 << 16];
  ftp_wait wait = {.read = 0};
  ftp_client_wait(client, &wait);
  size = handle == (uv_handle_t *)&control ? wait.read : size;
  *buffer = uv_buf_init(room, (unsigned)(size < sizeof room ? size : sizeof room));
}

static void on_control(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer) {
  size_t taken;
  (void)stream;
  if (n > 0) ftp_client_handle_input(client, buffer->base, (size_t)n, &taken);
  else if (n == UV_EOF) ftp_client_handle_eof(client);
  else if (n < 0 && n != UV_ENOBUFS) ftp_client_handle_lost(client);
  if (n != 0) go_on();
}

static void on_written(uv_write_t *request, int status) {
  size_t len = (size_t)request->data;
  free(request);
  writes = false;
  if (status == UV_ECANCELED) return;
  if (status == 0) ftp_client_sent(client, len);
  else ftp_client_handle_send_lost(client);
  go_on();
}

/* The bytes stay the session's until it is called again, so that what is written is a copy. */
static void write_control(const ftp_slice *bytes) {
  uv_write_t *request = malloc(sizeof *request + bytes->len);
  if (request == NULL) abort();
  char *copy = (char *)(request + 1);
  memcpy(copy, bytes->data, bytes->len);
  uv_buf_t buffer = uv_buf_init(copy, (unsigned)bytes->len);
  request->data = (void *)(uintptr_t)bytes->len;
  writes = true;
  int bad = uv_write(request, (uv_stream_t *)&control, &buffer, 1, on_written);
  if (bad) on_written(request, bad);
}

static void end_data(int ending) {
  moves = false;
  uv_read_stop((uv_stream_t *)&data);
  ftp_client_handle_data_ended(client, id, moved, ending);
}

static void on_data(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer) {
  if ((void)stream, n == 0 || !moves) return;
  moved += n > 0 ? (uint64_t)n : 0;
  if (n == UV_EOF) end_data(FTP_DATA_ENDING_COMPLETE);
  else if (n < 0) end_data(FTP_DATA_ENDING_RESET);
  else if (fwrite(buffer->base, 1, (size_t)n, file) != (size_t)n) end_data(FTP_DATA_ENDING_LOCAL);
  else return; /* The session is told how far it is when the timer fires or a command came. */
  go_on();
}

static void on_connected(uv_connect_t *request, int status) {
  free(request);
  if (status == UV_ECANCELED) return;
  if (status == 0) ftp_client_handle_data_connected(client, id);
  else ftp_client_handle_data_failed(client, id, FTP_DATA_FAILURE_OTHER);
  go_on();
}

static void connect_data(const ftp_connect_data *what) {
  struct sockaddr_storage at;
  size_t len;
  uv_connect_t *request = malloc(sizeof *request);
  id = what->id;
  ftp_address_to_sockaddr(&what->to, &at, sizeof at, &len);
  uv_tcp_init(loop, &data);
  has_data = true;
  if (request && uv_tcp_connect(request, &data, (struct sockaddr *)&at, on_connected) == 0) return;
  free(request);
  ftp_client_handle_data_failed(client, id, FTP_DATA_FAILURE_OTHER);
}

static void on_data_closed(uv_handle_t *handle) { (void)handle, has_data = false, go_on(); }

static void tell(const ftp_client_event *event) {
  if (event->kind != FTP_CLIENT_EVENT_KIND_DONE) return;
  if (event->result != FTP_OK) fprintf(stderr, "%.*s\n", (int)event->text.len, event->text.data);
  if (event->op == login && event->result == FTP_OK) {
    int type = FTP_REPRESENTATION_IMAGE;
    ftp_client_retrieve(client, remote, strlen(remote), 0, type, FTP_UNKNOWN, &transfer);
  } else if (event->op == login || event->op == transfer) {
    went_well = event->result == FTP_OK;
    ftp_client_quit(client, NULL);
  }
}

static void on_timer(uv_timer_t *handle) { (void)handle, go_on(); }

static void stop(void) {
  is_over = true;
  uv_close((uv_handle_t *)&control, NULL);
  uv_close((uv_handle_t *)&timer, NULL);
  if (has_data && !uv_is_closing((uv_handle_t *)&data)) uv_close((uv_handle_t *)&data, NULL);
}

/* Lets the session go on until it waits. */
static void go_on(void) {
  ftp_output output;
  while (!is_over) {
    if (has_data && uv_is_closing((uv_handle_t *)&data)) return; /* It is used again. */
    if (moves) ftp_client_handle_data_progress(client, id, moved);
    if (ftp_client_poll(client, now(), &output) != FTP_OK) {
      ftp_slice error = ftp_client_last_error(client);
      fprintf(stderr, "%.*s\n", (int)error.len, error.data);
      went_well = false, stop();
      continue;
    }
    switch (output.kind) {
      case FTP_OUTPUT_KIND_SEND:
      case FTP_OUTPUT_KIND_SEND_URGENT: /* libuv has no urgent data. */
        if (!writes) write_control(&output.body.send);
        break;
      case FTP_OUTPUT_KIND_EVENT: tell(&output.body.client); continue;
      case FTP_OUTPUT_KIND_CONNECT_DATA: connect_data(&output.body.connect_data); continue;
      case FTP_OUTPUT_KIND_MOVE_DATA:
        ftp_codec_free(output.body.move_data.codec); /* In TYPE I the bytes are as they are. */
        moves = true;
        uv_read_start((uv_stream_t *)&data, give_room, on_data);
        continue;
      case FTP_OUTPUT_KIND_CLOSE_DATA:
        moves = false;
        uv_close((uv_handle_t *)&data, on_data_closed);
        return;
      case FTP_OUTPUT_KIND_CLOSE: stop(); continue;
      default: break;
    }
    ftp_wait wait;
    ftp_client_wait(client, &wait);
    if (wait.read > 0 && !reads) uv_read_start((uv_stream_t *)&control, give_room, on_control);
    if (wait.read == 0 && reads) uv_read_stop((uv_stream_t *)&control);
    reads = wait.read > 0;
    uint64_t left = wait.deadline > now() ? (wait.deadline - now()) / 1000 + 1 : 0;
    uv_timer_stop(&timer);
    if (wait.deadline != FTP_NEVER) uv_timer_start(&timer, on_timer, left, 0);
    return;
  }
}

static ftp_address address_of(int (*which)(const uv_tcp_t *, struct sockaddr *, int *)) {
  struct sockaddr_storage at;
  int len = sizeof at;
  ftp_address address = {.family = 0};
  which(&control, (struct sockaddr *)&at, &len);
  ftp_address_from_sockaddr(&at, (size_t)len, &address);
  return address;
}

static void on_made(uv_connect_t *request, int status) {
  char **arguments = request->data;
  ftp_address here = address_of(uv_tcp_getsockname), there = address_of(uv_tcp_getpeername);
  const char *user = arguments[4], *password = arguments[5];
  if (status || ftp_client_new(NULL, &here, &there, now(), &client) != FTP_OK) stop();
  ftp_client_login(client, user, strlen(user), password, strlen(password), NULL, 0, &login);
  go_on();
}

int main(int argc, char **argv) {
  struct sockaddr_in at;
  uv_connect_t request;
  if (argc < 10 || uv_ip4_addr(argv[2], atoi(argv[3]), &at)) return 2;
  request.data = argv, remote = argv[8], file = fopen(argv[9], "wb");
  if (file == NULL) return 1;
  loop = uv_default_loop();
  uv_tcp_init(loop, &control);
  uv_timer_init(loop, &timer);
  uv_tcp_connect(&request, &control, (struct sockaddr *)&at, on_made);
  uv_run(loop, UV_RUN_DEFAULT);
  uv_loop_close(loop);
  ftp_client_free(client);
  return fclose(file) == 0 && went_well ? 0 : 1;
}
