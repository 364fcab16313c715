using System;
using System.IO;
using System.Net;

/// C#'s FtpWebRequest as it comes: TASK HOST PORT USER PASSWORD REMOTE LOCAL, or the task `version`.
class FtpWebRequestDefaults
{
    static void Main(string[] arguments)
    {
        if (arguments[0] == "version")
        {
            Console.WriteLine(Environment.Version);
            return;
        }
        string host = arguments[1].Contains(":") ? "[" + arguments[1] + "]" : arguments[1];
        var address = "ftp://" + host + ":" + arguments[2] + "/" + arguments[5];
        var request = (FtpWebRequest)WebRequest.Create(address);
        request.Credentials = new NetworkCredential(arguments[3], arguments[4]);
        if (arguments[0] == "put")
        {
            request.Method = WebRequestMethods.Ftp.UploadFile;
            using (var file = File.OpenRead(arguments[6]))
            using (var there = request.GetRequestStream())
            {
                file.CopyTo(there);
            }
            request.GetResponse().Close();
            return;
        }
        request.Method = arguments[0] == "get"
            ? WebRequestMethods.Ftp.DownloadFile : WebRequestMethods.Ftp.ListDirectoryDetails;
        using (var response = request.GetResponse())
        using (var there = response.GetResponseStream())
        using (var here = arguments[0] == "get"
            ? File.Create(arguments[6]) : Console.OpenStandardOutput())
        {
            there.CopyTo(here);
        }
    }
}
