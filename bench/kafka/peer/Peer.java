import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.WindowedSerdes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowStore;

/**
 * The jobs of bench.kafka.jobs on Kafka Streams, exactly once.
 *
 * Arguments: job (J1, J2, J3), variant (tree, pojo), bootstrap servers, application id, source topic, users topic, output topic, state
 * directory, commit interval in ms. "tree" reads JSON into nodes and columns by upper-case name, as ksqlDB does; "pojo" lets Jackson bind
 * classes, as a program written by hand does.
 */
public final class Peer {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static final class View {
    public long viewtime;
    public String userid;
    public String pageid;
  }

  public static final class User {
    public String regionid;
    public String gender;
  }

  public static final class Enriched {
    public String userid;
    public String pageid;
    public String regionid;
    public String gender;
  }

  public static final class Page {
    public String userid;
    public String pageid;
  }

  public static final class Count {
    public long total;
  }

  private interface Reading<T> {
    T of(Map<String, JsonNode> columns);
  }

  private interface Writing<T> {
    void of(T row, ObjectNode node);
  }

  private static String text(JsonNode node) {
    return node == null || node.isNull() ? null : node.asText();
  }

  private static long number(JsonNode node) {
    if (node == null || node.isNull()) {
      return 0;
    }
    if (!node.isNumber()) {
      throw new IllegalArgumentException("not a number: " + node);
    }
    return node.asLong();
  }

  private static <T> Serde<T> tree(Reading<T> reading, Writing<T> writing) {
    Deserializer<T> read = (topic, bytes) -> {
      if (bytes == null) {
        return null;
      }
      try {
        Map<String, JsonNode> columns = new HashMap<>(8);
        JSON.readTree(bytes).fields().forEachRemaining(e -> columns.put(e.getKey().toUpperCase(), e.getValue()));
        return reading.of(columns);
      } catch (IOException error) {
        throw new RuntimeException(error);
      }
    };
    Serializer<T> write = (topic, row) -> {
      if (row == null) {
        return null;
      }
      try {
        ObjectNode node = JSON.createObjectNode();
        writing.of(row, node);
        return JSON.writeValueAsBytes(node);
      } catch (IOException error) {
        throw new RuntimeException(error);
      }
    };
    return Serdes.serdeFrom(write, read);
  }

  private static <T> Serde<T> pojo(Class<T> type) {
    ObjectReader reader = JSON.readerFor(type);
    ObjectWriter writer = JSON.writerFor(type);
    Deserializer<T> read = (topic, bytes) -> {
      try {
        return bytes == null ? null : reader.readValue(bytes);
      } catch (IOException error) {
        throw new RuntimeException(error);
      }
    };
    Serializer<T> write = (topic, row) -> {
      try {
        return row == null ? null : writer.writeValueAsBytes(row);
      } catch (IOException error) {
        throw new RuntimeException(error);
      }
    };
    return Serdes.serdeFrom(write, read);
  }

  private static View view(Map<String, JsonNode> columns) {
    View row = new View();
    row.viewtime = number(columns.get("VIEWTIME"));
    row.userid = text(columns.get("USERID"));
    row.pageid = text(columns.get("PAGEID"));
    return row;
  }

  private static User user(Map<String, JsonNode> columns) {
    User row = new User();
    row.regionid = text(columns.get("REGIONID"));
    row.gender = text(columns.get("GENDER"));
    return row;
  }

  private static Enriched enriched(View view, User user) {
    Enriched row = new Enriched();
    row.userid = view.userid;
    row.pageid = view.pageid;
    row.regionid = user.regionid;
    row.gender = user.gender;
    return row;
  }

  private static Enriched enriched(Map<String, JsonNode> columns) {
    Enriched row = new Enriched();
    row.userid = text(columns.get("USERID"));
    row.pageid = text(columns.get("PAGEID"));
    row.regionid = text(columns.get("REGIONID"));
    row.gender = text(columns.get("GENDER"));
    return row;
  }

  private static Page page(View view) {
    Page row = new Page();
    row.userid = view.userid;
    row.pageid = view.pageid;
    return row;
  }

  private static Count count(long total) {
    Count row = new Count();
    row.total = total;
    return row;
  }

  public static void main(String[] given) {
    String job = given[0];
    boolean trees = given[1].equals("tree");
    JSON.configure(com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
    Properties settings = new Properties();
    settings.put("bootstrap.servers", given[2]);
    settings.put("application.id", given[3]);
    settings.put("processing.guarantee", "exactly_once_v2");
    settings.put("num.stream.threads", "1");
    settings.put("commit.interval.ms", given[8]);
    settings.put("state.dir", given[7]);
    settings.put("auto.offset.reset", "earliest");
    settings.put("replication.factor", "1");
    settings.put("statestore.cache.max.bytes", "0"); // every update is sent on, as it is by the other side
    settings.put("topology.optimization", "all");

    Serde<View> views = trees ? tree(Peer::view, (v, n) -> n.put("VIEWTIME", v.viewtime).put("USERID", v.userid).put("PAGEID", v.pageid)) : pojo(View.class);
    Serde<User> users = trees ? tree(Peer::user, (u, n) -> n.put("REGIONID", u.regionid).put("GENDER", u.gender)) : pojo(User.class);
    Serde<Enriched> joined = trees
        ? tree(Peer::enriched, (j, n) -> n.put("USERID", j.userid).put("PAGEID", j.pageid).put("REGIONID", j.regionid).put("GENDER", j.gender))
        : pojo(Enriched.class);
    Serde<Page> pages = trees ? tree(columns -> null, (p, n) -> n.put("USERID", p.userid).put("PAGEID", p.pageid)) : pojo(Page.class);
    Serde<Count> counts = trees ? tree(columns -> null, (c, n) -> n.put("TOTAL", c.total)) : pojo(Count.class);

    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, View> source = builder.stream(given[4], Consumed.with(Serdes.String(), views));
    String out = given[6];
    if (job.equals("J3")) {
      source.filter((key, view) -> view.viewtime % 10 != 0).mapValues(Peer::page).to(out, Produced.with(Serdes.String(), pages));
    } else {
      KTable<String, User> table = builder.table(given[5], Consumed.with(Serdes.String(), users),
          Materialized.<String, User, KeyValueStore<Bytes, byte[]>>as("users").withKeySerde(Serdes.String()).withValueSerde(users));
      KStream<String, Enriched> join = source.join(table, Peer::enriched, Joined.with(Serdes.String(), views, users));
      if (job.equals("J1")) {
        join.to(out, Produced.with(Serdes.String(), joined));
      } else {
        join.groupBy((key, row) -> row.regionid + "|" + row.gender, Grouped.with(Serdes.String(), joined))
            .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(60), Duration.ofHours(24)))
            .count(Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("counts").withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()))
            .toStream().mapValues(Peer::count)
            .to(out, Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, 60000L), counts));
      }
    }
    KafkaStreams streams = new KafkaStreams(builder.build(settings), settings);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      Runtime.getRuntime().halt(3);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(5))));
    streams.start();
  }
}
