import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.velocity.Template;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.runtime.RuntimeInstance;

/**
 * Measures Velocity on the templates of this folder: Bench TEMPLATES REQUESTS.
 * It checks that each renders what the Go engine rendered, warms up, prints
 * "ready", and then measures the template named on each line of standard input
 * for a second and prints renders a second.
 */
public class Bench {
    static final long WARM_UP = 4_000_000_000L;
    static final long ROUND = 1_000_000_000L;
    static int sink;

    public static void main(String[] args) throws Exception {
        Map<String, Template> templates = new LinkedHashMap<>();
        Map<String, VelocityContext> contexts = new LinkedHashMap<>();
        try (java.nio.file.DirectoryStream<Path> files = Files.newDirectoryStream(Paths.get(args[1]), "*.json")) {
            for (Path file : files) {
                String name = file.getFileName().toString().replace(".json", "");
                templates.put(name, parse(name, read(Paths.get(args[0], name + ".vtl"))));
                contexts.put(name, variables(new Json(read(file)).value()));
                String got = render(templates.get(name), contexts.get(name));
                String want = read(Paths.get(args[1], name + ".out"));
                if (!got.equals(want)) {
                    System.err.println(name + " renders something else here:\n" + got + "\nwant:\n" + want);
                    System.exit(1);
                }
            }
        }
        for (String name : templates.keySet()) {
            measure(templates.get(name), contexts.get(name), WARM_UP);
        }
        System.out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String name; (name = in.readLine()) != null; ) {
            System.out.printf("%.1f%n", measure(templates.get(name), contexts.get(name), ROUND));
        }
    }

    static String read(Path p) throws Exception {
        return new String(Files.readAllBytes(p), StandardCharsets.UTF_8);
    }

    /** An engine for each template: macros are kept by engine. */
    static Template parse(String name, String text) throws Exception {
        RuntimeInstance engine = new RuntimeInstance();
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.init();
        Template t = new Template();
        t.setRuntimeServices(engine);
        t.setName(name);
        t.setData(engine.parse(new StringReader(text), name));
        t.initDocument();
        return t;
    }

    static String render(Template t, VelocityContext shared) {
        StringWriter w = new StringWriter(1024);
        t.merge(new VelocityContext(shared), w);
        return w.toString();
    }

    static double measure(Template t, VelocityContext shared, long nanos) {
        long n = 0;
        long start = System.nanoTime();
        long now;
        do {
            sink += render(t, shared).length();
            n++;
            now = System.nanoTime();
        } while (now - start < nanos);
        return n * 1e9 / (now - start);
    }

    @SuppressWarnings("unchecked")
    static VelocityContext variables(Object request) {
        Map<String, Object> r = (Map<String, Object>) request;
        VelocityContext c = new VelocityContext();
        c.put("input", new Input(r));
        c.put("util", new Util());
        c.put("context", r.get("context"));
        c.put("stageVariables", r.get("stageVariables"));
        return c;
    }

    /** $input over a payload that is parsed once. */
    public static class Input {
        private final Object body;
        private final Map<String, Object> params = new LinkedHashMap<>();

        Input(Map<String, Object> request) {
            body = new Json((String) request.get("body")).value();
            for (String place : new String[] {"path", "querystring", "header"}) {
                params.put(place, request.get(place));
            }
        }

        public Map<String, Object> params() {
            return params;
        }

        public Object path(String path) {
            return path.equals("$") ? body : ((Map<?, ?>) body).get(path.substring(2));
        }

        public String json(String path) {
            StringBuilder b = new StringBuilder();
            Json.write(b, path(path));
            return b.toString();
        }
    }

    /** $util, as far as the templates use it. */
    public static class Util {
        public String escapeJavaScript(Object o) {
            String s = o.toString();
            StringBuilder b = new StringBuilder(s.length() + 8);
            for (int i = 0; i < s.length(); i++) {
                char c = s.charAt(i);
                if (c == '"' || c == '\'' || c == '\\') {
                    b.append('\\');
                }
                b.append(c);
            }
            return b.toString();
        }
    }

    /** Reads and writes the JSON of the requests. */
    static class Json {
        private final String s;
        private int p;

        Json(String s) {
            this.s = s;
        }

        private char next() {
            while (Character.isWhitespace(s.charAt(p))) {
                p++;
            }
            return s.charAt(p);
        }

        Object value() {
            switch (next()) {
                case '{':
                    Map<String, Object> object = new LinkedHashMap<>();
                    for (p++; next() != '}'; ) {
                        String key = string();
                        next();
                        p++; // the colon
                        object.put(key, value());
                        if (next() == ',') {
                            p++;
                        }
                        next();
                    }
                    p++;
                    return object;
                case '[':
                    List<Object> list = new ArrayList<>();
                    for (p++; next() != ']'; ) {
                        list.add(value());
                        if (next() == ',') {
                            p++;
                        }
                    }
                    p++;
                    return list;
                case '"':
                    return string();
                case 't':
                    p += 4;
                    return true;
                case 'f':
                    p += 5;
                    return false;
            }
            int start = p;
            while (p < s.length() && "+-.eE0123456789".indexOf(s.charAt(p)) >= 0) {
                p++;
            }
            String number = s.substring(start, p);
            if (number.indexOf('.') >= 0) {
                return Double.valueOf(number);
            }
            return Integer.valueOf(number);
        }

        private String string() {
            StringBuilder b = new StringBuilder();
            for (p++; s.charAt(p) != '"'; p++) {
                if (s.charAt(p) == '\\') {
                    p++;
                }
                b.append(s.charAt(p));
            }
            p++;
            return b.toString();
        }

        static void write(StringBuilder b, Object o) {
            if (o instanceof Map) {
                char before = '{';
                for (Map.Entry<?, ?> e : ((Map<?, ?>) o).entrySet()) {
                    b.append(before);
                    before = ',';
                    write(b, e.getKey());
                    b.append(':');
                    write(b, e.getValue());
                }
                b.append('}');
            } else if (o instanceof List) {
                char before = '[';
                for (Object item : (List<?>) o) {
                    b.append(before);
                    before = ',';
                    write(b, item);
                }
                b.append(']');
            } else if (o instanceof String) {
                b.append('"').append(o).append('"');
            } else {
                b.append(o);
            }
        }
    }
}
