/*
 * Reads a listing, as LIST, NLST or MLSD send it, and tells its entries as tests/listings writes
 * them, but for bytes that are not ASCII, which it escapes:
 *
 *   parse_listing [now=2026-11-22T12:00] [zone=MINUTES] [shape=lines|machine|names] [system=TEXT]
 *                 [piece=BYTES] <LISTING
 *
 * `now` is in UTC, `zone` is the server's clock in minutes east of it; with `piece` the reader gets
 * so many bytes at a time.
 */
#include <ftpproto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that could be taken for something else are escaped. */
static void put(const char *label, ftp_slice text, bool is_name) {
  if (text.data == NULL) return;
  size_t kept = text.len;
  while (kept > 0 && text.data[kept - 1] == ' ') kept--;
  printf(" %s=", label);
  for (size_t i = 0; i < text.len; i++) {
    unsigned char byte = (unsigned char)text.data[i];
    bool space = byte == ' ' && (!is_name || i >= kept);
    if (byte <= 0x1f || byte >= 0x7f || byte == '\\' || space) printf("\\x%02x", byte);
    else putchar(byte);
  }
}

static void put_time(const ftp_modified *modified) {
  const ftp_date_time *at = &modified->at;
  printf(" modified=%04d-%02d-%02d", at->year, at->month, at->day);
  if (modified->precision >= FTP_PRECISION_MINUTE) printf("T%02d:%02d", at->hour, at->minute);
  if (modified->precision >= FTP_PRECISION_SECOND) printf(":%02d", at->second);
  if (modified->precision == FTP_PRECISION_FRACTION) {
    char digits[16];
    int len = snprintf(digits, sizeof digits, "%09lu", (unsigned long)at->nanos);
    while (len > 1 && digits[len - 1] == '0') len--;
    printf(".%.*s", len, digits);
  }
  int minutes = modified->minutes_east;
  if (modified->zone == FTP_ZONE_UTC) putchar('Z');
  if (modified->zone == FTP_ZONE_EAST)
    printf("%c%02d:%02d", minutes < 0 ? '-' : '+', abs(minutes) / 60, abs(minutes) % 60);
}

static void put_entry(const ftp_entry *entry) {
  static const char *const kinds[] = {"unknown", "file", "directory", "current",
                                      "parent",  "link", "other"};
  if (entry->name.len == 0) {
    puts("unread");
    return;
  }
  printf("%s", kinds[entry->kind]);
  if (entry->has_size) printf(" size=%llu", (unsigned long long)entry->size);
  if (entry->has_modified) put_time(&entry->modified);
  if (entry->has_mode) printf(" mode=%04o", (unsigned)entry->mode);
  if (entry->has_links) printf(" links=%llu", (unsigned long long)entry->links);
  put("owner", entry->owner, false);
  put("group", entry->group, false);
  put("perm", entry->perm, false);
  put("unique", entry->unique, false);
  put("target", entry->target, false);
  put("name", entry->name, true);
  putchar('\n');
}

/* Takes all entries that are whole; false where the listing passes a bound. */
static bool take(ftp_listing_reader *reader) {
  ftp_entry entry;
  bool found;
  while (ftp_listing_reader_next(reader, &entry, &found) == FTP_OK) {
    if (!found) return true;
    put_entry(&entry);
  }
  ftp_slice error = ftp_listing_reader_last_error(reader);
  fprintf(stderr, "%.*s\n", (int)error.len, error.data);
  return false;
}

int main(int argc, char **argv) {
  int year = 2026, month = 11, day = 22, hour = 12, minute = 0, shape = FTP_SHAPE_LINES;
  const char *system = "", *zone = NULL;
  char buffer[4096];
  size_t piece = sizeof buffer;
  for (int i = 1; i < argc; i++) {
    if (strncmp(argv[i], "now=", 4) == 0)
      sscanf(argv[i] + 4, "%d-%d-%dT%d:%d", &year, &month, &day, &hour, &minute);
    else if (strncmp(argv[i], "zone=", 5) == 0) zone = argv[i] + 5;
    else if (strncmp(argv[i], "system=", 7) == 0) system = argv[i] + 7;
    else if (strncmp(argv[i], "piece=", 6) == 0) piece = (size_t)atoi(argv[i] + 6);
    else if (strcmp(argv[i], "shape=machine") == 0) shape = FTP_SHAPE_MACHINE;
    else if (strcmp(argv[i], "shape=names") == 0) shape = FTP_SHAPE_NAMES;
  }
  ftp_date_time now = {.year = year, .month = (uint8_t)month, .day = (uint8_t)day,
                       .hour = (uint8_t)hour, .minute = (uint8_t)minute};
  int64_t seconds;
  if (ftp_date_time_to_unix(&now, &seconds) != FTP_OK) return 2;
  ftp_listing_options *options = ftp_listing_options_new(seconds);
  ftp_listing_options_set_shape(options, shape);
  ftp_listing_options_set_system(options, system, strlen(system));
  if (zone) ftp_listing_options_set_zone(options, FTP_ZONE_EAST, (int16_t)atoi(zone));
  ftp_listing_reader *reader;
  ftp_result made = ftp_listing_reader_new(options, &reader);
  ftp_listing_options_free(options);
  if (made != FTP_OK) return 2;

  bool good = piece <= sizeof buffer;
  for (size_t n; good && (n = fread(buffer, 1, piece, stdin)) > 0;) {
    ftp_listing_reader_push(reader, buffer, n);
    good = take(reader);
  }
  ftp_listing_reader_finish(reader);
  good = good && take(reader);
  ftp_listing_reader_free(reader);
  return good ? 0 : 1;
}
