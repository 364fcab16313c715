# Ruby's net-ftp as it comes: TASK HOST PORT USER PASSWORD REMOTE LOCAL, or the task `version`.
require "net/ftp"

task, host, port, user, password, remote, local = ARGV
if task == "version"
  puts Net::FTP::VERSION
  exit
end
Net::FTP.open(host, port: Integer(port), username: user, password: password) do |ftp|
  case task
  when "get" then ftp.getbinaryfile(remote, local)
  when "put" then ftp.putbinaryfile(local, remote)
  when "list" then puts ftp.list(*[remote].reject(&:empty?))
  end
end
