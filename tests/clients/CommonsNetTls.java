// Transfers with Apache Commons Net's FTPSClient: HOST PORT USER PASSWORD CERTIFICATE MODE WHAT FILES.
//
// WHAT is `series`: each file up and down again; or `refused`: an upload and a download that the
// server refuses, with the session going on behind each. The dialogue goes to standard output.
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.TrustManagerFactory;
import org.apache.commons.net.PrintCommandListener;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPSClient;

public class CommonsNetTls {
    public static void main(String[] args) throws Exception {
        FTPSClient ftp = new FTPSClient(false);
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream file = new FileInputStream(args[4])) {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            trusted.setCertificateEntry("server", factory.generateCertificate(file));
        }
        String algorithm = TrustManagerFactory.getDefaultAlgorithm();
        TrustManagerFactory managers = TrustManagerFactory.getInstance(algorithm);
        managers.init(trusted);
        ftp.setTrustManager(managers.getTrustManagers()[0]);
        ftp.setEndpointCheckingEnabled(true);
        ftp.setDefaultTimeout(120_000);
        ftp.setDataTimeout(120_000);
        ftp.addProtocolCommandListener(
            new PrintCommandListener(new PrintWriter(System.out), true));
        ftp.connect(args[0], Integer.parseInt(args[1]));
        must(ftp.login(args[2], args[3]), "login");
        ftp.execPBSZ(0);
        ftp.execPROT("P");
        must(ftp.setFileType(FTP.BINARY_FILE_TYPE), "TYPE");
        must(ftp.changeWorkingDirectory("files"), "CWD");
        if (args[5].equals("passive")) {
            ftp.enterLocalPassiveMode();
        } else {
            ftp.enterLocalActiveMode();
        }
        if (args[6].equals("series")) {
            series(ftp, Integer.parseInt(args[7]));
        } else {
            refused(ftp);
        }
        must(ftp.logout(), "QUIT");
        ftp.disconnect();
    }

    private static void series(FTPSClient ftp, int files) throws IOException {
        for (int number = 0; number < files; number++) {
            try (InputStream file = new FileInputStream("up" + number)) {
                must(ftp.storeFile("f" + number, file), "STOR");
            }
            try (OutputStream file = new FileOutputStream("down" + number)) {
                must(ftp.retrieveFile("f" + number, file), "RETR");
            }
        }
    }

    private static void refused(FTPSClient ftp) throws IOException {
        try (InputStream file = new FileInputStream("up0")) {
            boolean stored = false;
            try {
                stored = ftp.storeFile("f0", file);
            } catch (IOException error) {
                // The connection was closed under it, and it leaves the reply unread.
                ftp.getReply();
            }
            must(!stored, "a refusal of STOR");
        }
        lives(ftp);
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        boolean retrieved = false;
        try {
            retrieved = ftp.retrieveFile("there", received);
        } catch (IOException error) {
            ftp.getReply();
        }
        must(!retrieved && received.size() == 0, "a refusal of RETR");
        lives(ftp);
    }

    private static void lives(FTPSClient ftp) throws IOException {
        must(ftp.getReplyCode() == 522, "522");
        must(ftp.sendNoOp(), "NOOP");
        System.out.println("lives, in " + ftp.printWorkingDirectory());
    }

    private static void must(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }
}
