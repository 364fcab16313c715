//! Enumerations on their way in: as integers, which are checked.

/// Writes the way in for an enumeration of the header, and the ways from and to the one of
/// `ftp-proto` that it mirrors, variant by variant. What a newer `ftp-proto` adds comes out as
/// `otherwise`. One that only `tells` has no way in.
macro_rules! enumeration {
    ($name:ident { $($variant:ident),* $(,)? }) => {
        impl $name {
            /// The variant of this number.
            pub(crate) fn from_raw(raw: i32) -> Result<Self, $crate::result::Failure> {
                $(if raw == Self::$variant as i32 {
                    return Ok(Self::$variant);
                })*
                Err($crate::result::Failure::new(
                    $crate::result::ftp_result::FtpErrorEnum,
                    format!("{raw} is no {}", stringify!($name)),
                ))
            }
        }
    };
    ($name:ident = $proto:path { $($variant:ident),* $(,)? }) => {
        $crate::enumeration::enumeration!($name { $($variant),* });

        impl From<$name> for $proto {
            fn from(one: $name) -> Self {
                match one {
                    $($name::$variant => Self::$variant,)*
                }
            }
        }

        impl From<$proto> for $name {
            fn from(one: $proto) -> Self {
                match one {
                    $(<$proto>::$variant => Self::$variant,)*
                }
            }
        }
    };
    ($name:ident tells $proto:path { $($variant:ident),* $(,)? }) => {
        impl From<$proto> for $name {
            fn from(one: $proto) -> Self {
                match one {
                    $(<$proto>::$variant => Self::$variant,)*
                }
            }
        }
    };
    ($name:ident = $proto:path { $($variant:ident),* $(,)? } otherwise $other:ident) => {
        $crate::enumeration::enumeration!($name { $($variant),* });

        impl From<$name> for $proto {
            fn from(one: $name) -> Self {
                match one {
                    $($name::$variant => Self::$variant,)*
                }
            }
        }

        impl From<$proto> for $name {
            fn from(one: $proto) -> Self {
                match one {
                    $(<$proto>::$variant => Self::$variant,)*
                    _ => Self::$other,
                }
            }
        }
    };
}
pub(crate) use enumeration;
