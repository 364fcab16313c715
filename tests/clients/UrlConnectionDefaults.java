import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLConnection;

/** Java's own URLs: TASK HOST PORT USER PASSWORD REMOTE LOCAL, or the task `version`. */
class UrlConnectionDefaults {
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("version")) {
            System.out.println(System.getProperty("java.version"));
            return;
        }
        String host = arguments[1].contains(":") ? "[" + arguments[1] + "]" : arguments[1];
        String end = arguments[0].equals("list") && !arguments[5].isEmpty() ? "/" : "";
        URLConnection connection = new URL("ftp://" + arguments[3] + ":" + arguments[4] + "@" + host
            + ":" + arguments[2] + "/" + arguments[5] + end).openConnection();
        if (arguments[0].equals("put")) {
            connection.setDoOutput(true);
            try (InputStream file = new FileInputStream(arguments[6]);
                OutputStream there = connection.getOutputStream()) {
                file.transferTo(there);
            }
            return;
        }
        try (InputStream there = connection.getInputStream();
            OutputStream here = arguments[0].equals("get")
                ? new FileOutputStream(arguments[6]) : System.out) {
            there.transferTo(here);
        }
    }
}
