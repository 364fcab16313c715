// Node's basic-ftp as it comes: TASK HOST PORT USER PASSWORD REMOTE LOCAL, or the task `version`.
"use strict";
const { Client } = require("basic-ftp");

async function main(task, host, port, user, password, remote, local) {
  const client = new Client(30000);
  try {
    await client.access({ host, port: Number(port), user, password });
    if (task === "get") {
      await client.downloadTo(local, remote);
    } else if (task === "put") {
      await client.uploadFrom(local, remote);
    } else {
      for (const entry of await client.list(remote)) {
        console.log(entry.name);
      }
    }
  } finally {
    client.close();
  }
}

if (process.argv[2] === "version") {
  const fs = require("fs");
  const path = require("path");
  let folder = path.dirname(require.resolve("basic-ftp"));
  while (!fs.existsSync(path.join(folder, "package.json"))) {
    folder = path.dirname(folder);
  }
  console.log(JSON.parse(fs.readFileSync(path.join(folder, "package.json"))).version);
} else {
  main(...process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}
