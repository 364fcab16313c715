/*
 * Retrieves a file, stores one, or lists a directory, with the client that blocks.
 *
 *     get [OPTION...] URL FILE        retrieves, and goes on where an earlier run ended
 *     get --put [OPTION...] URL FILE  stores, in the same way
 *     get --list [OPTION...] URL      lists
 *
 * FILE may be `-` for the standard streams. Options: --active, --tls, --ca FILE, --pin SHA-256,
 * --insecure. The exit code is 0, 1 for a failure, 2 for a call that makes no sense.
 */
#define _POSIX_C_SOURCE 200809L
#include "ftpproto.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum task { RETRIEVE, STORE, LIST };

struct errand {
  enum task task;
  const char *url;
  const char *file;
};

static ftp_ready_client_options *options;
static ftp_ready_client *client;

static int said(const char *what, ftp_slice why) {
  fprintf(stderr, "%s: %.*s\n", what, (int)why.len, why.len > 0 ? why.data : "");
  return 1;
}

static int32_t progress(void *user, uint64_t done, uint64_t total) {
  uint64_t *last = user;
  /* A line for each tenth is enough. */
  if (total != FTP_UNKNOWN && done - *last >= total / 10) {
    *last = done;
    fprintf(stderr, "%" PRIu64 " of %" PRIu64 "\n", done, total);
  }
  return 0;
}

static int list(ftp_slice path) {
  ftp_ready_listing *listing = NULL;
  if (ftp_ready_client_list(client, path.data, path.len, FTP_READY_LISTING_KIND_BEST, &listing) !=
      FTP_OK) {
    return said("cannot list", ftp_ready_client_last_error(client));
  }
  for (size_t at = 0; at < ftp_ready_listing_count(listing); at++) {
    ftp_entry entry;
    if (ftp_ready_listing_entry(listing, at, &entry) != FTP_OK) {
      break;
    }
    printf("%c %12" PRIu64 " %.*s\n", entry.kind == FTP_KIND_DIRECTORY ? 'd' : '-',
           entry.has_size ? entry.size : 0, (int)entry.name.len, entry.name.data);
  }
  ftp_ready_listing_free(listing);
  return 0;
}

static int transfer(const struct errand *errand, ftp_slice path) {
  const char *file = errand->file;
  ftp_ready_transfer moved;
  ftp_result result;
  if (path.data == NULL) {
    fprintf(stderr, "the address names no file\n");
    return 2;
  }
  if (errand->task == RETRIEVE && strcmp(file, "-") == 0) {
    result =
        ftp_ready_client_retrieve_fd(client, path.data, path.len, 0, STDOUT_FILENO, &moved);
  } else if (errand->task == RETRIEVE) {
    result = ftp_ready_client_retrieve_file(client, path.data, path.len, file, strlen(file),
                                            FTP_READY_RESUME_RESTART, &moved);
  } else if (strcmp(file, "-") == 0) {
    result = ftp_ready_client_store_fd(client, path.data, path.len, FTP_STORE_AS_WHOLE, 0,
                                       STDIN_FILENO, &moved);
  } else {
    result = ftp_ready_client_store_file(client, file, strlen(file), path.data, path.len,
                                         FTP_READY_RESUME_RESTART, &moved);
  }
  if (result != FTP_OK) {
    return said(ftp_result_string(result), ftp_ready_client_last_error(client));
  }
  fprintf(stderr, "%" PRIu64 " bytes moved, %" PRIu64 " in the file\n", moved.bytes, moved.size);
  return 0;
}

static int run(const struct errand *errand) {
  uint64_t last = 0;
  ftp_slice path;
  char copy[4096];
  int code;
  if (ftp_ready_client_connect(client, errand->url, strlen(errand->url), options) != FTP_OK) {
    return said("cannot connect", ftp_ready_client_last_error(client));
  }
  if (ftp_ready_client_set_progress(client, progress, &last) != FTP_OK) {
    return said("no progress", ftp_ready_client_last_error(client));
  }
  /* The slice stays until the next call only, and the path is needed in it. */
  path = ftp_ready_client_path(client);
  if (path.len > sizeof copy) {
    fprintf(stderr, "the path is too long\n");
    return 2;
  }
  if (path.len > 0) {
    memcpy(copy, path.data, path.len);
    path.data = copy;
  }
  code = errand->task == LIST ? list(path) : transfer(errand, path);
  if (code == 0 && ftp_ready_client_quit(client) != FTP_OK) {
    return said("the end went wrong", ftp_ready_client_last_error(client));
  }
  return code;
}

/* Takes one option, and what belongs to it; how many words that were, 0 if it is none. */
static int take(char **words, struct errand *errand) {
  const char *word = words[0];
  const char *next = words[1];
  if (strcmp(word, "--put") == 0) {
    errand->task = STORE;
    return 1;
  }
  if (strcmp(word, "--list") == 0) {
    errand->task = LIST;
    return 1;
  }
  if (strcmp(word, "--active") == 0) {
    return ftp_ready_client_options_set_data(options, FTP_DATA_POLICY_ACTIVE) == FTP_OK;
  }
  if (strcmp(word, "--tls") == 0) {
    return ftp_ready_client_options_set_tls(options, FTP_CLIENT_TLS_REQUIRED) == FTP_OK;
  }
  if (strcmp(word, "--insecure") == 0) {
    return ftp_ready_client_options_danger_accept_any_certificate(options) == FTP_OK;
  }
  if (next != NULL && strcmp(word, "--ca") == 0) {
    return ftp_ready_client_options_add_root_file(options, next, strlen(next)) == FTP_OK ? 2 : 0;
  }
  if (next != NULL && strcmp(word, "--pin") == 0) {
    return ftp_ready_client_options_add_pin(options, next, strlen(next)) == FTP_OK ? 2 : 0;
  }
  return 0;
}

static int understand(int count, char **words, struct errand *errand) {
  int at = 1;
  int taken;
  while (at < count && strncmp(words[at], "--", 2) == 0) {
    taken = take(words + at, errand);
    if (taken == 0) {
      return 0;
    }
    at += taken;
  }
  if (count - at != (errand->task == LIST ? 1 : 2)) {
    return 0;
  }
  errand->url = words[at];
  errand->file = words[at + 1];
  return 1;
}

int main(int count, char **words) {
  struct errand errand = {RETRIEVE, NULL, NULL};
  int code = 2;
  options = ftp_ready_client_options_new();
  client = ftp_ready_client_new();
  if (options != NULL && client != NULL) {
    if (understand(count, words, &errand)) {
      code = run(&errand);
    } else {
      fprintf(stderr, "usage: get [--put|--list] [--active] [--tls] [--insecure] [--ca FILE] "
                      "[--pin SHA-256] URL [FILE]\n");
    }
  }
  ftp_ready_client_free(client);
  ftp_ready_client_options_free(options);
  return code;
}
