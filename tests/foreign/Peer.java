// A peer on Java's own TLS (JSSE) that knows nothing of the model; it takes and tells what
// peer.py does.
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class Peer {
    static final Pattern MEMBER = Pattern.compile("\"(\\w+)\": \"([^\"]*)\"");
    static final char[] NO_PASSWORD = new char[0];

    public static void main(String[] none) throws Exception {
        // or it would not even ask for TLS 1.1
        Security.setProperty("jdk.tls.disabledAlgorithms", "NULL, anon");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            Map<String, String> asked = members(line);
            System.out.println(asked.containsKey("port") ? visit(asked) : beVisited(asked));
        }
    }

    static Map<String, String> members(String line) {
        Map<String, String> found = new HashMap<>();
        for (Matcher one = MEMBER.matcher(line); one.find(); ) {
            found.put(one.group(1), one.group(2));
        }
        return found;
    }

    static String visit(Map<String, String> asked) throws Exception {
        List<String> frames = new ArrayList<>();
        String version = null;
        String words = "";
        try (SSLSocket stream = connect(asked)) {
            stream.startHandshake();
            version = stream.getSession().getProtocol();
            say(stream, asked.get("early"));
            DataInputStream heard = new DataInputStream(stream.getInputStream());
            for (int most = asked.get("say").isEmpty() ? 1 : 2; frames.size() < most; ) {
                byte[] frame = new byte[heard.readInt()];
                heard.readFully(frame);
                frames.add(HexFormat.of().formatHex(frame));
                if (frames.size() < most) {
                    say(stream, asked.get("say"));
                }
            }
        } catch (EOFException end) {
            words = "";
        } catch (IOException error) {
            words = error.toString();
        }
        return told(version, frames, words);
    }

    static String beVisited(Map<String, String> asked) throws Exception {
        String version = null;
        String words = "";
        SSLServerSocket server = (SSLServerSocket) context(asked).getServerSocketFactory()
            .createServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        server.setNeedClientAuth(true);
        server.setEnabledProtocols(new String[] {"TLSv" + asked.get("version")});
        System.out.println("{\"port\": " + server.getLocalPort() + "}");
        try (server; SSLSocket stream = (SSLSocket) server.accept()) {
            stream.startHandshake();
            version = stream.getSession().getProtocol();
            say(stream, "00000000");
            stream.getInputStream().read();
        } catch (IOException error) {
            words = error.toString();
        }
        return told(version, List.of(), words);
    }

    static void say(SSLSocket stream, String hex) throws IOException {
        stream.getOutputStream().write(HexFormat.of().parseHex(hex));
        stream.getOutputStream().flush();
    }

    static SSLContext context(Map<String, String> asked)
            throws GeneralSecurityException, IOException {
        KeyStore trusted = emptyStore();
        trusted.setCertificateEntry("root", certificates(asked.get("ca"))[0]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        KeyStore own = emptyStore();
        if (asked.containsKey("chain")) {
            Certificate[] chain = certificates(asked.get("chain"));
            PrivateKey key = key(asked.get("key"), chain[0].getPublicKey().getAlgorithm());
            own.setKeyEntry("own", key, NO_PASSWORD, chain);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(own, NO_PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    static SSLSocket connect(Map<String, String> asked)
            throws GeneralSecurityException, IOException {
        String host = asked.get("host");
        Socket plain = new Socket("127.0.0.1", Integer.parseInt(asked.get("port")));
        plain.setSoTimeout(10_000);
        SSLSocket stream = (SSLSocket) context(asked).getSocketFactory()
            .createSocket(plain, host, plain.getPort(), true);
        SSLParameters settings = stream.getSSLParameters();
        settings.setProtocols(new String[] {"TLSv" + asked.get("version")});
        settings.setEndpointIdentificationAlgorithm("HTTPS");
        stream.setSSLParameters(settings);
        return stream;
    }

    static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    static Certificate[] certificates(String file)
            throws GeneralSecurityException, IOException {
        byte[] text = Files.readAllBytes(Path.of(file));
        return CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(text)).toArray(new Certificate[0]);
    }

    static PrivateKey key(String file, String algorithm)
            throws GeneralSecurityException, IOException {
        String text = Files.readString(Path.of(file)).replaceAll("-----[^-]+-----", "");
        return KeyFactory.getInstance(algorithm)
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(text)));
    }

    static String told(String version, List<String> frames, String words) {
        return "{\"version\": " + (version == null ? "null" : quoted(version))
            + ", \"frames\": [" + String.join(", ", frames.stream().map(Peer::quoted).toList())
            + "], \"words\": " + quoted(words) + "}";
    }

    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ") + '"';
    }
}
