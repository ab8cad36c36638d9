import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/** Answers MongoDB's wire protocol from memory: {@code java -cp ... StandIn PORT}. Keeps nothing over a restart. */
public final class StandIn {
  /** The stock versions report wire version 8 at most, which current drivers refuse. */
  private static final class Mongo5 implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(5, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 13;
    }
  }

  public static void main(String[] arguments) {
    // Commands of several event loops are not isolated from one another: findOneAndUpdate could answer two callers with
    // the same value. Netty reads the property when its classes are loaded, so it comes before everything else.
    System.setProperty("io.netty.eventLoopThreads", "1");
    MongoServer server = new MongoServer(new MemoryBackend().version(new Mongo5()));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    System.out.println("listening on 127.0.0.1:" + arguments[0]);
  }
}
