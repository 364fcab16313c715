#!/bin/sh
# Builds libftpproto and installs it: the libraries, the header, and what pkg-config and CMake find
# it by. It needs cargo and nothing else.
#
#   ftp-ffi/install.sh [--prefix DIR] [--libdir DIR] [--destdir DIR] [--sessions-only] [--from DIR]
#
#   --prefix DIR       where it is used (/usr/local)
#   --libdir DIR       where the libraries go, below the prefix unless it begins with / (lib)
#   --destdir DIR      put in front of every path that is written, for packages
#   --sessions-only    sessions without I/O alone, which need no TLS and no threads
#   --from DIR         libraries that are built already, in place of building them
set -eu

prefix=/usr/local libdir=lib destdir='' features='' from='' defines=''
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=$2; shift 2 ;;
    --libdir) libdir=$2; shift 2 ;;
    --destdir) destdir=$2; shift 2 ;;
    --from) from=$2; shift 2 ;;
    --sessions-only)
      features='--no-default-features --features deflate'
      defines=' -DFTP_SESSIONS_ONLY'
      shift ;;
    *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
  esac
done
case $libdir in /*) ;; *) libdir=$prefix/$libdir ;; esac

crate=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^#define FTP_VERSION "\(.*\)"$/\1/p' "$crate/ftpproto.h")
# Programs ask for the part of the version that a change of the interface changes.
case $version in
  0.*) interface=${version%.*} ;;
  *) interface=${version%%.*} ;;
esac
# What a static library of Rust asks for on Linux (`rustc --print native-static-libs`).
private='-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc'

if [ -z "$from" ]; then
  target=${CARGO_TARGET_DIR:-$crate/../target}
  # shellcheck disable=SC2086 # words of options
  cargo rustc --release --locked --manifest-path "$crate/Cargo.toml" --lib $features \
    --crate-type cdylib,staticlib --target-dir "$target" \
    -- -C "link-arg=-Wl,-soname,libftpproto.so.$interface" -C strip=debuginfo
  from=$target/release
fi

mkdir -p "$destdir$libdir/pkgconfig" "$destdir$prefix/include" "$destdir$prefix/share/cmake/ftpproto"
install -m 644 "$crate/ftpproto.h" "$destdir$prefix/include/"
install -m 644 "$from/libftpproto.a" "$destdir$libdir/"
install -m 755 "$from/libftpproto.so" "$destdir$libdir/libftpproto.so.$version"
[ "$interface" = "$version" ] ||
  ln -sf "libftpproto.so.$version" "$destdir$libdir/libftpproto.so.$interface"
ln -sf "libftpproto.so.$interface" "$destdir$libdir/libftpproto.so"
install -m 644 "$crate"/cmake/*.cmake "$destdir$prefix/share/cmake/ftpproto/"
cat >"$destdir$libdir/pkgconfig/ftpproto.pc" <<END
prefix=$prefix
libdir=$libdir
includedir=\${prefix}/include

Name: ftpproto
Description: FTP as state machines without I/O, a client and a server
Version: $version
Libs: -L\${libdir} -lftpproto
Libs.private: $private
Cflags: -I\${includedir}$defines
END
echo "libftpproto $version is in $libdir"
