// Reads a listing from standard input with a parser of Apache Commons Net and prints its entries:
// kind, bytes, time in UTC to the minute, name and target, with a tab between.
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.text.SimpleDateFormat;
import java.util.TimeZone;
import org.apache.commons.net.ftp.FTPFile;
import org.apache.commons.net.ftp.FTPFileEntryParser;
import org.apache.commons.net.ftp.FTPListParseEngine;
import org.apache.commons.net.ftp.parser.MLSxEntryParser;
import org.apache.commons.net.ftp.parser.MVSFTPEntryParser;
import org.apache.commons.net.ftp.parser.MacOsPeterFTPEntryParser;
import org.apache.commons.net.ftp.parser.NTFTPEntryParser;
import org.apache.commons.net.ftp.parser.NetwareFTPEntryParser;
import org.apache.commons.net.ftp.parser.OS2FTPEntryParser;
import org.apache.commons.net.ftp.parser.OS400FTPEntryParser;
import org.apache.commons.net.ftp.parser.UnixFTPEntryParser;
import org.apache.commons.net.ftp.parser.VMSFTPEntryParser;

public class CommonsNet {
    public static void main(String[] args) throws IOException {
        FTPListParseEngine engine = new FTPListParseEngine(parser(args[0]));
        engine.readServerList(System.in, "ISO-8859-1");
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.ISO_8859_1.name());
        SimpleDateFormat minutes = new SimpleDateFormat("yyyyMMddHHmm");
        minutes.setTimeZone(TimeZone.getTimeZone("UTC"));
        for (FTPFile file : engine.getFiles()) {
            if (file == null || !file.isValid()) {
                continue;
            }
            String kind = file.isDirectory() ? "d" : file.isSymbolicLink() ? "l" : file.isFile() ? "-" : "?";
            String size = file.getSize() < 0 ? "" : Long.toString(file.getSize());
            String time = file.getTimestamp() == null ? "" : minutes.format(file.getTimestamp().getTime());
            String target = file.getLink() == null ? "" : file.getLink();
            out.print(String.join("\t", kind, size, time, file.getName(), target) + "\n");
        }
        out.flush();
    }

    private static FTPFileEntryParser parser(String format) {
        switch (format) {
            case "unix": return new UnixFTPEntryParser();
            case "dos": return new NTFTPEntryParser();
            case "mlsx": return MLSxEntryParser.getInstance();
            case "vms": return new VMSFTPEntryParser();
            case "os400": return new OS400FTPEntryParser();
            case "mvs": return new MVSFTPEntryParser();
            case "os2": return new OS2FTPEntryParser();
            case "netware": return new NetwareFTPEntryParser();
            case "mac": return new MacOsPeterFTPEntryParser();
            default: throw new IllegalArgumentException(format);
        }
    }
}
