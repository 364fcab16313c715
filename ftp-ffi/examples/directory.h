/* One directory as the storage of a server session: it answers the session's questions. */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftpproto.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int root;         /* The directory. */
static const char *user; /* NAME:PASSWORD; NULL lets in `anonymous`. */

/* Opens what a path names, never outside the directory and through no symbolic link. */
static int beneath(const char *path, size_t len, uint64_t flags) {
  char name[4096];
  struct open_how how = {.flags = flags | O_CLOEXEC, .mode = flags & O_CREAT ? 0666 : 0,
                         .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
  snprintf(name, sizeof name, ".%.*s", (int)len, path);
  return (int)syscall(SYS_openat2, root, name, &how, sizeof how);
}

/* The directory that a path is in, and its last name, which `name` has room for. */
static int parent_of(ftp_slice path, char *name) {
  size_t at = path.len;
  while (at > 0 && path.data[at - 1] != '/') at--;
  snprintf(name, NAME_MAX + 1, "%.*s", (int)(path.len - at), path.data + at);
  return beneath(path.data, at, O_PATH | O_DIRECTORY);
}

static ftp_denied denied(void) {
  switch (errno) {
    case ENOENT: return FTP_DENIED_NOT_FOUND;
    case EACCES:
    case EPERM:
    case ELOOP:
    case EXDEV: return FTP_DENIED_NOT_PERMITTED;
    case EEXIST: return FTP_DENIED_EXISTS;
    case ENOTDIR: return FTP_DENIED_NOT_DIRECTORY;
    case EISDIR: return FTP_DENIED_IS_DIRECTORY;
    case ENOTEMPTY: return FTP_DENIED_NOT_EMPTY;
    case ENOSPC: return FTP_DENIED_NO_SPACE;
    case ERANGE: return FTP_DENIED_BAD_OFFSET;
    case ENOSYS: return FTP_DENIED_UNSUPPORTED;
    default: return FTP_DENIED_FAILED;
  }
}

static ftp_entry entry_of(const char *name, const struct stat *found) {
  ftp_entry entry;
  memset(&entry, 0, sizeof entry);
  entry.name.data = name, entry.name.len = strlen(name);
  entry.kind = S_ISDIR(found->st_mode)   ? FTP_KIND_DIRECTORY
               : S_ISREG(found->st_mode) ? FTP_KIND_FILE
                                         : FTP_KIND_OTHER;
  entry.has_size = S_ISREG(found->st_mode), entry.size = (uint64_t)found->st_size;
  entry.has_modified = ftp_date_time_from_unix(found->st_mtime, &entry.modified.at) == FTP_OK;
  entry.modified.zone = FTP_ZONE_UTC, entry.modified.precision = FTP_PRECISION_SECOND;
  return entry;
}

/* The lines of a directory, in a file that has no name. */
static int list(ftp_slice path, int style) {
  int directory = beneath(path.data, path.len, O_RDONLY | O_DIRECTORY);
  int lines = memfd_create("list", MFD_CLOEXEC);
  DIR *entries = directory < 0 ? NULL : fdopendir(directory);
  for (struct dirent *each; entries && (each = readdir(entries));) {
    char line[1024];
    size_t len = 0;
    struct stat found;
    if (fstatat(directory, each->d_name, &found, AT_SYMLINK_NOFOLLOW)) continue; /* It is gone. */
    ftp_entry entry = entry_of(each->d_name, &found);
    if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0) continue;
    ftp_listing_write(style, &entry, time(NULL), line, sizeof line, &len);
    if (len <= sizeof line && write(lines, line, len) < 0) break;
  }
  if (entries) closedir(entries);
  else close(lines), lines = -1;
  if (lines >= 0) lseek(lines, 0, SEEK_SET);
  return lines;
}

/* Opens what is to be transferred; -1 with `errno` if it cannot. */
static int open_file(const ftp_server_event *e, uint64_t *size) {
  struct stat found;
  uint64_t flags = O_WRONLY | O_CREAT;
  if (e->kind == FTP_SERVER_EVENT_KIND_OPEN_LIST) return list(e->path, e->style);
  if (e->kind == FTP_SERVER_EVENT_KIND_OPEN_READ) flags = O_RDONLY;
  else if (e->placement == FTP_PLACEMENT_APPEND) flags |= O_APPEND;
  else if (e->placement == FTP_PLACEMENT_WHOLE) flags |= O_TRUNC;
  else flags = O_WRONLY;
  int fd = beneath(e->path.data, e->path.len, flags);
  if (fd < 0 || fstat(fd, &found)) return -1;
  errno = S_ISDIR(found.st_mode) ? EISDIR : e->offset > (uint64_t)found.st_size ? ERANGE : 0;
  if (errno == 0 && lseek(fd, (off_t)e->offset, flags & O_APPEND ? SEEK_END : SEEK_SET) >= 0) {
    if (flags == O_RDONLY) *size = (uint64_t)found.st_size - e->offset;
    return fd;
  }
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

/* Carries out a change; not 0, with `errno`, if it cannot. */
static int change(const ftp_server_event *e) {
  char name[NAME_MAX + 1], other[NAME_MAX + 1];
  int at = parent_of(e->path, name), to = -1, bad = 0;
  if (at < 0) return -1;
  switch (e->kind) {
    case FTP_SERVER_EVENT_KIND_DELETE: bad = unlinkat(at, name, 0); break;
    case FTP_SERVER_EVENT_KIND_REMOVE_DIRECTORY: bad = unlinkat(at, name, AT_REMOVEDIR); break;
    case FTP_SERVER_EVENT_KIND_MAKE_DIRECTORY: bad = mkdirat(at, name, 0777); break;
    case FTP_SERVER_EVENT_KIND_RENAME:
      to = parent_of(e->to, other);
      bad = to < 0 || renameat(at, name, to, other);
      break;
    default: bad = 1, errno = ENOSYS;
  }
  int error = errno;
  if (to >= 0) close(to);
  close(at);
  errno = error;
  return bad;
}

/* Answers a question. What it opens is put into `file`, and the question's number into `opened`. */
static void answer(ftp_server *server, const ftp_server_event *e, int *file, uint32_t *opened) {
  char login[1024];
  struct stat found;
  uint64_t size = FTP_UNKNOWN;
  int at;
  switch (e->kind) {
    case FTP_SERVER_EVENT_KIND_AUTHENTICATE:
      snprintf(login, sizeof login, "%.*s:%.*s", (int)e->user.len, e->user.data,
               (int)e->password.len, e->password.data);
      if (user ? strcmp(login, user) == 0 : strncmp(login, "anonymous:", 10) == 0)
        ftp_server_answer_granted(server, e->op, FTP_PERMISSION_READ_WRITE, FTP_TEXT("/"));
      else ftp_server_answer_denied(server, e->op, FTP_DENIED_BAD_CREDENTIALS);
      return;
    case FTP_SERVER_EVENT_KIND_METADATA:
      at = beneath(e->path.data, e->path.len, O_PATH);
      if (at >= 0 && !fstat(at, &found)) {
        ftp_entry entry = entry_of("", &found);
        ftp_server_answer_entry(server, e->op, &entry);
      } else ftp_server_answer_denied(server, e->op, denied());
      if (at >= 0) close(at);
      return;
    case FTP_SERVER_EVENT_KIND_OPEN_READ:
    case FTP_SERVER_EVENT_KIND_OPEN_WRITE:
    case FTP_SERVER_EVENT_KIND_OPEN_LIST:
      *file = open_file(e, &size);
      *opened = e->op;
      if (*file >= 0) ftp_server_answer_opened(server, e->op, size, NULL, 0);
      else ftp_server_answer_denied(server, e->op, denied());
      return;
    /* The file was written in place, whole or not. */
    case FTP_SERVER_EVENT_KIND_FINISH: ftp_server_answer_done(server, e->op); return;
    default:
      if (change(e)) ftp_server_answer_denied(server, e->op, denied());
      else ftp_server_answer_done(server, e->op);
  }
}

#endif
