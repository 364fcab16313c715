//! Examples for the help of each command, and what its exit status says.

pub(super) const EXIT: &str = "\
Exit status:
  0  all that was asked was done
  1  some of several files were done, and some were not
  2  the command line makes no sense
  3  no control connection: the host cannot be found or does not answer
  4  the login was refused, or there is no password
  5  the server refused, by a 4yz or 5yz reply
  6  the transfer broke off, or no data connection could be opened; --resume may go on
  7  something on this machine: a file cannot be read or written, an address not be bound
  8  the session broke: the server fell silent, went away, or cannot be understood
Of several files that all failed, the first one decides.";

pub(super) const LS: &str = "\
Examples:
  ftp-cli ls ftp://192.0.2.1/pub
  ftp-cli ls ftp://alice@192.0.2.1/%2Fvar/log --json";

pub(super) const GET: &str = "\
Examples:
  ftp-cli get ftp://192.0.2.1/pub/README
  ftp-cli get ftp://192.0.2.1/pub/image.iso image.iso --resume
  ftp-cli get ftp://192.0.2.1/a ftp://192.0.2.1/b downloads/
  ftp-cli get ftp://192.0.2.1/pub/files.tar -o - | tar x
  ftp-cli get --active --active-ports 50000-50010 ftp://alice@192.0.2.1/report.csv";

pub(super) const GET_LONG: &str = "\
A file is written as FILE.part beside its place, and takes its name when all of it has come: under
its own name there is a whole file, or the one that was there before. What came of a download that
broke off stays in FILE.part, where --resume goes on.

Examples:
  ftp-cli get ftp://192.0.2.1/pub/README
  ftp-cli get ftp://192.0.2.1/pub/image.iso image.iso --resume
  ftp-cli get ftp://192.0.2.1/a ftp://192.0.2.1/b downloads/
  ftp-cli get ftp://192.0.2.1/pub/files.tar -o - | tar x
  ftp-cli get --active --active-ports 50000-50010 ftp://alice@192.0.2.1/report.csv";

pub(super) const PUT: &str = "\
Examples:
  ftp-cli put report.csv ftp://alice@192.0.2.1/inbox/
  ftp-cli put *.csv ftp://alice@192.0.2.1/inbox/
  ftp-cli put image.iso ftp://alice@192.0.2.1/image.iso --resume
  tar c src | ftp-cli put - ftp://alice@192.0.2.1/src.tar";

pub(super) const PUT_LONG: &str = "\
What becomes of an upload that breaks off is the server's to decide; the one of `ftp-cli serve`
keeps it where there was no such file before, so that --resume goes on from there.

Examples:
  ftp-cli put report.csv ftp://alice@192.0.2.1/inbox/
  ftp-cli put *.csv ftp://alice@192.0.2.1/inbox/
  ftp-cli put image.iso ftp://alice@192.0.2.1/image.iso --resume
  tar c src | ftp-cli put - ftp://alice@192.0.2.1/src.tar";

pub(super) const CAT: &str = "\
Examples:
  ftp-cli cat ftp://192.0.2.1/pub/README
  ftp-cli cat ftp://192.0.2.1/log.1 ftp://192.0.2.1/log | grep error";

pub(super) const RM: &str = "\
Examples:
  ftp-cli rm ftp://alice@192.0.2.1/inbox/report.csv
  ftp-cli rm ftp://alice@192.0.2.1/a ftp://alice@192.0.2.1/b";

pub(super) const MKDIR: &str = "\
Examples:
  ftp-cli mkdir ftp://alice@192.0.2.1/inbox
  ftp-cli mkdir -p ftp://alice@192.0.2.1/2026/11/22";

pub(super) const RMDIR: &str = "\
Example:
  ftp-cli rmdir ftp://alice@192.0.2.1/inbox";

pub(super) const MV: &str = "\
Examples:
  ftp-cli mv ftp://alice@192.0.2.1/draft.txt final.txt
  ftp-cli mv ftp://alice@192.0.2.1/report.csv done/
  ftp-cli mv ftp://alice@192.0.2.1/a ftp://alice@192.0.2.1/%2Fsrv/b";

pub(super) const STAT: &str = "\
Examples:
  ftp-cli stat ftp://192.0.2.1/pub/README
  ftp-cli stat --json ftp://192.0.2.1/a ftp://192.0.2.1/b";

pub(super) const QUOTE: &str = "\
Examples:
  ftp-cli quote ftp://192.0.2.1/ SYST FEAT
  ftp-cli quote ftp://alice@192.0.2.1/ 'SITE CHMOD 640 report.csv'";

pub(super) const SERVE: &str = "\
Examples:
  ftp-cli serve /srv/pub --anonymous
  ftp-cli serve . --listen 0.0.0.0:2121 --listen '[::]:2121' --user alice:secret --user bob:key:ro
  ftp-cli serve /srv --users users.toml --passive-ports 50000-50099 --announce 203.0.113.5
  sudo ftp-cli serve /srv --listen 0.0.0.0:21 --run-as ftp --users /etc/ftp-users.toml

SIGTERM and SIGINT stop it when the running transfers have ended, a second one at once. SIGHUP
reads the file of users again.";

pub(super) const USER: &str = "\
Example:
  ftp-cli user add alice --file users.toml
  ftp-cli serve /srv --users users.toml";

pub(super) const USER_ADD: &str = "\
Examples:
  ftp-cli user add alice --file users.toml
  ftp-cli user add bob --file users.toml --home /people/bob --read-only
  pass show ftp/carol | ftp-cli user add carol --file users.toml --permissions list,write";

pub(super) const USER_PASSWORD: &str = "\
Example:
  ftp-cli user password alice --file users.toml";

pub(super) const USER_REMOVE: &str = "\
Example:
  ftp-cli user remove alice --file users.toml";

pub(super) const USER_LIST: &str = "\
Example:
  ftp-cli user list --file users.toml";

pub(super) const USER_HASH: &str = "\
Example:
  ftp-cli user hash";

pub(super) const MAN: &str = "\
Examples:
  ftp-cli man | man -l -
  ftp-cli man ~/.local/share/man/man1";

pub(super) const COMPLETIONS: &str = "\
Examples:
  ftp-cli completions bash > ~/.local/share/bash-completion/completions/ftp-cli
  ftp-cli completions zsh > ~/.zfunc/_ftp-cli";

pub(super) const PARSE_LISTING: &str = "\
Examples:
  curl -s ftp://192.0.2.1/pub/ | ftp-cli parse-listing
  ftp-cli parse-listing --now 2026-11-22T14:05:09 --json < listing.txt";

pub(super) const DEMO: &str = "\
Example:
  ftp-cli demo";
