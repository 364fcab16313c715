
/* The layout that the library was built with: what a program is compiled with must be the same. */
#ifndef FTPPROTO_LAYOUT
#define FTPPROTO_LAYOUT
#ifdef __cplusplus
static_assert(sizeof(ftp_output) == 264, "ftp_output has a fixed size");
static_assert(sizeof(ftp_address) == 24, "ftp_address has a fixed size");
#else
typedef char ftp_output_has_a_fixed_size[sizeof(ftp_output) == 264 ? 1 : -1];
typedef char ftp_address_has_a_fixed_size[sizeof(ftp_address) == 24 ? 1 : -1];
#endif
#endif
