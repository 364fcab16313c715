<?php
// PHP's ftp_* functions as they come: TASK HOST PORT USER PASSWORD REMOTE LOCAL, or the task
// `version`.
if ($argv[1] === 'version') {
    echo PHP_VERSION, "\n";
    exit(0);
}
[, $task, $host, $port, $user, $password, $remote, $local] = $argv;
$ftp = ftp_connect($host, (int) $port, 30);
if (!$ftp || !ftp_login($ftp, $user, $password)) {
    exit(1);
}
$done = match ($task) {
    'get' => ftp_get($ftp, $local, $remote, FTP_BINARY),
    'put' => ftp_put($ftp, $remote, $local, FTP_BINARY),
    'list' => ftp_rawlist($ftp, $remote),
};
if (is_array($done)) {
    echo implode("\n", $done), "\n";
}
ftp_close($ftp);
exit($done ? 0 : 1);
