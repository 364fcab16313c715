<?php
// PHP's ftp:// addresses as they come: TASK HOST PORT USER PASSWORD REMOTE LOCAL, or the task
// `version`.
if ($argv[1] === 'version') {
    echo PHP_VERSION, "\n";
    exit(0);
}
[, $task, $host, $port, $user, $password, $remote, $local] = $argv;
$host = str_contains($host, ':') ? "[$host]" : $host;
$url = "ftp://$user:$password@$host:$port/$remote";
$done = match ($task) {
    'get' => copy($url, $local),
    'put' => copy($local, $url),
    'list' => scandir($url),
};
if (is_array($done)) {
    echo implode("\n", $done), "\n";
}
exit($done ? 0 : 1);
