"""Transfers with Python's FTP_TLS: HOST PORT USER PASSWORD CERTIFICATE MODE WHAT FILES.

WHAT is `series`: each file up and down again; or `refused`: an upload and a download that the server
refuses, with the session going on behind each. ftplib prints the dialogue to standard output.
"""

import ftplib
import ssl
import sys


def main(host, port, user, password, certificate, mode, what, files):
    context = ssl.create_default_context(cafile=certificate)
    ftp = ftplib.FTP_TLS(timeout=120, encoding="utf-8", context=context)
    ftp.set_debuglevel(1)
    ftp.set_pasv(mode == "passive")
    ftp.connect(host, int(port))
    ftp.login(user, password)
    ftp.prot_p()
    ftp.cwd("files")
    if what == "series":
        for number in range(int(files)):
            with open("up%d" % number, "rb") as file:
                ftp.storbinary("STOR f%d" % number, file)
            with open("down%d" % number, "wb") as file:
                ftp.retrbinary("RETR f%d" % number, file.write)
    else:
        with open("up0", "rb") as file:
            refused(ftp, lambda: ftp.storbinary("STOR f0", file))
        refused(ftp, lambda: ftp.retrbinary("RETR there", lambda block: sys.exit("data came")))
    ftp.quit()


def refused(ftp, transfer):
    """The reply is 522 and the session goes on. The data connection may be closed while ftplib
    writes to it or says its last word there: then it leaves the reply unread."""
    try:
        transfer()
        sys.exit("not refused")
    except ftplib.error_perm as error:
        reply = str(error)
    except OSError:
        try:
            reply = ftp.getresp()
        except ftplib.error_perm as error:
            reply = str(error)
    if not reply.startswith("522 "):
        sys.exit("not 522: " + reply)
    ftp.voidcmd("NOOP")
    print("lives, in", ftp.pwd())


main(*sys.argv[1:])
