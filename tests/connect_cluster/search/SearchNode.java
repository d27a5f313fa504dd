import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestHandler;

/** One OpenSearch node, plugins on the class path: arguments are home, HTTP port, transport port, user:password or nothing, plugin classes. */
public class SearchNode extends Node {
    private static String login = "";

    private SearchNode(org.opensearch.env.Environment environment, List<Class<? extends Plugin>> plugins) {
        super(environment, plugins, false);
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        for (String folder : List.of("config", "plugins", "modules")) Files.createDirectories(home.resolve(folder));
        login = arguments[3];
        Settings settings = Settings.builder()
            .put("path.home", home.toString()).put("cluster.name", "tests").put("node.name", "one")
            .put("discovery.type", "single-node").put("network.host", "127.0.0.1")
            .put("http.port", arguments[1]).put("transport.port", arguments[2])
            .put("http.type", "netty4").put("transport.type", "netty4")
            .put("http.max_content_length", "2mb")
            .put("node.store.allow_mmap", false).put("bootstrap.memory_lock", false)
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
        List<Class<? extends Plugin>> plugins = new ArrayList<>(List.of(Guard.class));
        for (int i = 4; i < arguments.length; i++) plugins.add(Class.forName(arguments[i]).asSubclass(Plugin.class));
        new SearchNode(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> "one"), plugins).start();
        new CountDownLatch(1).await();
    }

    /** Basic authentication, where there is a login. */
    public static class Guard extends Plugin implements ActionPlugin {
        @Override
        public UnaryOperator<RestHandler> getRestHandlerWrapper(ThreadContext context) {
            String expected = "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
            return handler -> (request, channel, client) -> {
                if (login.isEmpty() || expected.equals(request.header("authorization"))) handler.handleRequest(request, channel, client);
                else channel.sendResponse(new BytesRestResponse(RestStatus.UNAUTHORIZED, "Unauthorized"));
            };
        }
    }
}
