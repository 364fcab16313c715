//! Which version of the library this is.

use std::ffi::{CStr, c_char};

/// The version of the library that is linked, as in `"0.1.0"`. `FTP_VERSION` is that of the header.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_version() -> *const c_char {
    VERSION.as_ptr()
}

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };
