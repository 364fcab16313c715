//! The names of months, in the languages and encodings in which `ls` prints them.

use crate::listing::format::words::small;

/// The number of a month from its name: English, abbreviated or in full; else as the locales of
/// other languages abbreviate it, in UTF-8 or in an encoding of before.
pub(super) fn month(word: &[u8]) -> Option<u8> {
    let name = match word {
        [name @ .., b'.' | b','] => name,
        name => name,
    };
    if name.len() < 2 || name.len() > LONGEST {
        return None;
    }
    english(name).or_else(|| {
        if name.is_ascii() {
            latin(name)
        } else {
            latin(name).or_else(|| cyrillic(name))
        }
    })
}

/// The number of an English month in three letters.
#[inline]
pub(super) fn usual_month(word: &[u8]) -> Option<u8> {
    const fn key(name: &[u8; 3]) -> u32 {
        u32::from_le_bytes([name[0], name[1], name[2], 0])
    }
    let &[a, b, c] = word else {
        return None;
    };
    let key_of_word = key(&[a | b' ', b | b' ', c | b' ']);
    const KEYS: [u32; 12] = [
        key(b"jan"),
        key(b"feb"),
        key(b"mar"),
        key(b"apr"),
        key(b"may"),
        key(b"jun"),
        key(b"jul"),
        key(b"aug"),
        key(b"sep"),
        key(b"oct"),
        key(b"nov"),
        key(b"dec"),
    ];
    let at = KEYS.iter().position(|&key| key == key_of_word)?;
    u8::try_from(at + 1).ok()
}

/// A year with the sign for one behind it, and what follows the sign.
pub(super) fn year_sign(word: &[u8]) -> Option<(i32, &[u8])> {
    let (year, rest) = signed(word, 4, &YEAR_SIGNS)?;
    Some((super::year(year)?, rest))
}

/// A month as a number with the sign for one behind it, and what follows the sign.
pub(super) fn month_sign(word: &[u8]) -> Option<(u8, &[u8])> {
    let digits = word.iter().take_while(|b| b.is_ascii_digit()).count();
    let (month, rest) = signed(word, digits, &MONTH_SIGNS)?;
    let month = small(month).filter(|month| (1..=12).contains(month))?;
    Some((month, rest))
}

/// Whether these bytes are the sign for a day.
pub(super) fn is_day_sign(mark: &[u8]) -> bool {
    DAY_SIGNS.contains(&mark)
}

fn signed<'a>(word: &'a [u8], digits: usize, signs: &[&[u8]]) -> Option<(&'a [u8], &'a [u8])> {
    if word.is_ascii() {
        return None;
    }
    let (number, rest) = word.split_at_checked(digits)?;
    let sign = signs.iter().find(|sign| rest.starts_with(sign))?;
    Some((number, &rest[sign.len()..]))
}

fn english(name: &[u8]) -> Option<u8> {
    let [a, b, c, rest @ ..] = name else {
        return None;
    };
    let key = [
        a.to_ascii_lowercase(),
        b.to_ascii_lowercase(),
        c.to_ascii_lowercase(),
    ];
    let (number, tail): (u8, &[u8]) = match &key {
        b"jan" => (1, b"uary"),
        b"feb" => (2, b"ruary"),
        b"mar" => (3, b"ch"),
        b"apr" => (4, b"il"),
        b"may" => (5, b""),
        b"jun" => (6, b"e"),
        b"jul" => (7, b"y"),
        b"aug" => (8, b"ust"),
        b"sep" => (9, b"tember"),
        b"oct" => (10, b"ober"),
        b"nov" => (11, b"ember"),
        b"dec" => (12, b"ember"),
        _ => return None,
    };
    // "Sept" is common, and "Octo" does no harm.
    tail.get(..rest.len())?
        .eq_ignore_ascii_case(rest)
        .then_some(number)
}

/// Latin letters: whatever is not ASCII, in whatever encoding and however long, counts as one
/// letter `?`, which no two months of the table differ in alone.
fn latin(name: &[u8]) -> Option<u8> {
    let mut skeleton = [0u8; LONGEST];
    let mut length = 0;
    let mut letter = false;
    for &b in name {
        let b = if b.is_ascii() {
            b.to_ascii_lowercase()
        } else {
            b'?'
        };
        if b == b'?' && letter {
            continue;
        }
        letter = b == b'?';
        *skeleton.get_mut(length)? = b;
        length += 1;
    }
    let skeleton = skeleton.get(..length)?;
    LATIN
        .iter()
        .position(|names| names.split(|&b| b == b' ').any(|name| name == skeleton))
        .and_then(|at| u8::try_from(at + 1).ok())
}

/// Cyrillic letters in UTF-8, KOI8-R, Windows-1251, ISO 8859-5 or code page 866.
fn cyrillic(name: &[u8]) -> Option<u8> {
    let find = |letters: [char; 3]| {
        CYRILLIC
            .iter()
            .position(|names| {
                names
                    .split(' ')
                    .any(|name| name.chars().take(3).eq(letters))
            })
            .and_then(|at| u8::try_from(at + 1).ok())
    };
    if let Ok(text) = core::str::from_utf8(name) {
        let mut letters = text.chars().map(small_letter);
        return find([letters.next()?, letters.next()?, letters.next()?]);
    }
    let &[a, b, c, ..] = name else {
        return None;
    };
    [koi8_r, windows_1251, iso_8859_5, code_page_866]
        .iter()
        .find_map(|letter| find([letter(a)?, letter(b)?, letter(c)?]))
}

/// The small letter of a Cyrillic capital.
fn small_letter(letter: char) -> char {
    match letter {
        'А'..='Я' => char::from_u32(u32::from(letter) + 32).unwrap_or(letter),
        _ => letter,
    }
}

/// The letter at a distance from `а`.
fn nth_letter(distance: u8) -> Option<char> {
    char::from_u32(u32::from('а') + u32::from(distance))
}

fn koi8_r(b: u8) -> Option<char> {
    // Both cases are in the order of the Latin letters that sound alike.
    let at = b.checked_sub(0xc0)? % 32;
    "юабцдефгхийклмнопярстужвьызшэщчъ".chars().nth(at.into())
}

fn windows_1251(b: u8) -> Option<char> {
    nth_letter(b.checked_sub(0xc0)? % 32)
}

fn iso_8859_5(b: u8) -> Option<char> {
    match b {
        0xb0..=0xef => nth_letter((b - 0xb0) % 32),
        _ => None,
    }
}

fn code_page_866(b: u8) -> Option<char> {
    match b {
        0x80..=0x9f => nth_letter(b - 0x80),
        0xa0..=0xaf => nth_letter(b - 0xa0),
        0xe0..=0xef => nth_letter(b - 0xe0 + 16),
        _ => None,
    }
}

/// Bytes in the longest name that is looked up.
const LONGEST: usize = 12;

/// German, French, Spanish, Italian, Portuguese, Polish, Hungarian, Dutch, the Scandinavian
/// languages, Finnish, Czech, Turkish; small letters, `?` for what is not ASCII.
const LATIN: [&[u8]; 12] = [
    b"jan januar janv janvier ene enero gen gennaio sty led oca tammi",
    b"feb febr februar f?v f?vr f?vrier febrero febbraio fev lut ?no ?ub helmi",
    b"mar mars m?r m?rz mrz m?rc marzo mrt b?e maalis",
    b"apr avr avril abr abril aprile ?pr kwi dub nis huhti",
    b"may mayo mai mag maggio maj m?j mei maio kv? touko",
    b"jun juin juni junio giu giugno j?n cze ?en ?vn haz kes?",
    b"jul juil juillet juli julio lug luglio j?l lip ?ec ?vc tem hein?",
    b"aug august ao?t ago agosto sie srp a?u elo",
    b"sep sept september septembre settembre set wrz szept z? eyl syys",
    b"oct octobre octubre okt oktober ott ottobre out pa? ?j eki loka",
    b"nov november novembre noviembre lis kas marras",
    b"dec dez dezember dic dicembre diciembre d?c d?cembre gru pro ara des joulu",
];

/// Russian and Ukrainian.
const CYRILLIC: [&str; 12] = [
    "янв січ",
    "фев лют",
    "мар бер",
    "апр кві",
    "май мая тра",
    "июн чер",
    "июл лип",
    "авг сер",
    "сен вер",
    "окт жов",
    "ноя лис",
    "дек гру",
];

/// 年 in UTF-8, Shift JIS, EUC-JP, GBK and Big5; 년 in UTF-8 and EUC-KR.
const YEAR_SIGNS: [&[u8]; 7] = [
    "年".as_bytes(),
    b"\x94\x4e",
    b"\xc7\xaf",
    b"\xc4\xea",
    b"\xa6\x7e",
    "년".as_bytes(),
    b"\xb3\xe2",
];

/// 月 in the same encodings, and 월.
const MONTH_SIGNS: [&[u8]; 7] = [
    "月".as_bytes(),
    b"\x8c\x8e",
    b"\xb7\xee",
    b"\xd4\xc2",
    b"\xa4\xeb",
    "월".as_bytes(),
    b"\xbf\xf9",
];

/// 日 in the same encodings, and 일.
const DAY_SIGNS: [&[u8]; 7] = [
    "日".as_bytes(),
    b"\x93\xfa",
    b"\xc6\xfc",
    b"\xc8\xd5",
    b"\xa4\xe9",
    "일".as_bytes(),
    b"\xc0\xcf",
];
