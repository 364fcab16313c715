"""Python's ftplib as it comes: TASK HOST PORT USER PASSWORD REMOTE LOCAL, or the task `version`."""

import ftplib
import platform
import sys


def main(task, host, port, user, password, remote, local):
    ftp = ftplib.FTP(timeout=30)
    ftp.connect(host, int(port))
    ftp.login(user, password)
    if task == "get":
        with open(local, "wb") as file:
            ftp.retrbinary("RETR " + remote, file.write)
    elif task == "put":
        with open(local, "rb") as file:
            ftp.storbinary("STOR " + remote, file)
    elif task == "list":
        if remote:
            ftp.cwd(remote)
        ftp.retrlines("LIST")
    ftp.quit()


if sys.argv[1] == "version":
    print(platform.python_version())
else:
    main(*sys.argv[1:])
