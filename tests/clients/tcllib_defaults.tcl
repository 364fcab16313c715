# tcllib's ftp as it comes: TASK HOST PORT USER PASSWORD REMOTE LOCAL, or the task `version`.
set version [package require ftp]
lassign $argv task host port user password remote local
if {$task eq "version"} {
    puts $version
    exit 0
}
set ftp [ftp::Open $host $user $password -port $port]
if {$ftp < 0} {
    exit 1
}
ftp::Type $ftp binary
switch $task {
    get { set done [ftp::Get $ftp $remote $local] }
    put { set done [ftp::Put $ftp $local $remote] }
    list {
        set lines [ftp::List $ftp $remote]
        puts [join $lines \n]
        set done [expr {[llength $lines] > 0}]
    }
}
ftp::Close $ftp
exit [expr {!$done}]
