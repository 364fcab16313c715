//! Drivers over ftp-proto: sockets, time and files, with no protocol decision in them.
