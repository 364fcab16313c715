"""aioftp as it comes: TASK HOST PORT USER PASSWORD REMOTE LOCAL, or the task `version`."""

import asyncio
import sys

import aioftp


async def main(task, host, port, user, password, remote, local):
    async with aioftp.Client.context(host, int(port), user, password) as client:
        if task == "get":
            await client.download(remote, local, write_into=True)
        elif task == "put":
            await client.upload(local, remote, write_into=True)
        elif task == "list":
            for path, _ in await client.list(remote or "."):
                print(path)


if sys.argv[1] == "version":
    print(aioftp.__version__)
else:
    asyncio.run(main(*sys.argv[1:]))
