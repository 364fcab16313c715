import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.commons.net.ftp.FTPFile;

/** Commons Net as it comes: TASK HOST PORT USER PASSWORD REMOTE LOCAL, or the task `version`. */
class CommonsNetDefaults {
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("version")) {
            System.out.println(FTPClient.class.getPackage().getImplementationVersion());
            return;
        }
        String remote = arguments[5];
        String local = arguments[6];
        FTPClient client = new FTPClient();
        client.connect(arguments[1], Integer.parseInt(arguments[2]));
        boolean done = client.login(arguments[3], arguments[4])
            && client.setFileType(FTP.BINARY_FILE_TYPE);
        if (done && arguments[0].equals("get")) {
            try (OutputStream file = new FileOutputStream(local)) {
                done = client.retrieveFile(remote, file);
            }
        } else if (done && arguments[0].equals("put")) {
            try (InputStream file = new FileInputStream(local)) {
                done = client.storeFile(remote, file);
            }
        } else if (done) {
            for (FTPFile file : client.listFiles(remote)) {
                System.out.println(file.getName());
            }
        }
        System.out.println(client.getReplyString());
        client.logout();
        System.exit(done ? 0 : 1);
    }
}
