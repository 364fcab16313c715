"""One errand with Python's ftplib: get, put, resume or list a file, in either mode.

The dialogue goes to standard output as ftplib prints it (`*cmd* ...`, `*resp* ...`).
"""

import ftplib
import os
import sys


def main(host, port, user, password, mode, operation, remote, local):
    ftp = ftplib.FTP(timeout=20, encoding="utf-8")
    ftp.set_debuglevel(1)
    ftp.set_pasv(mode == "passive")
    ftp.connect(host, int(port))
    ftp.login(user, password)
    ftp.cwd("files")
    if operation == "get":
        with open(local, "wb") as file:
            ftp.retrbinary("RETR " + remote, file.write)
        aborted(ftp, remote)
    elif operation == "resume-get":
        with open(local, "ab") as file:
            ftp.retrbinary("RETR " + remote, file.write, rest=file.tell())
    elif operation == "put":
        with open(local, "rb") as file:
            ftp.storbinary("STOR " + remote, file)
    elif operation == "resume-put":
        ftp.voidcmd("TYPE I")
        there = ftp.size(remote)
        with open(local, "rb") as file:
            file.seek(there, os.SEEK_SET)
            ftp.storbinary("STOR " + remote, file, rest=there)
    elif operation == "list":
        listed(ftp)
    else:
        sys.exit("no such operation: " + operation)
    ftp.quit()


def aborted(ftp, remote):
    """ABOR with its last byte urgent and no Telnet Synch. The last thing before QUIT: ftplib reads
    one of the two replies."""
    data = ftp.transfercmd("RETR " + remote)
    ftp.abort()
    data.close()


def listed(ftp):
    """LIST, NLST, and MLSD where the server says it has it, must name the same files."""
    lines = []
    ftp.retrlines("LIST", lines.append)
    names = [name for name in ftp.nlst() if name not in (".", "..")]
    for name in names:
        if not any(line.endswith(" " + name) for line in lines):
            sys.exit("NLST names %r, LIST does not: %r" % (name, lines))
    if "MLST" in ftp.sendcmd("FEAT"):
        facts = {name: fact for name, fact in ftp.mlsd() if fact.get("type") in ("file", "dir")}
        if sorted(facts) != sorted(names):
            sys.exit("NLST and MLSD differ: %r, %r" % (names, facts))
    print("\n".join(lines))


main(*sys.argv[1:])
