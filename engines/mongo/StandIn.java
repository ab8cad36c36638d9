import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.backend.memory.index.MemoryUniqueIndex;
import de.bwaldvogel.mongo.bson.Document;
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

  /**
   * An index that also serves what asks for more than its keys, as MongoDB's do: the collection holds what it finds against the
   * whole query. The stock one leaves `{_id, version: {$lt}}` to a scan of every document.
   */
  private static final class PrefixIndex extends MemoryUniqueIndex {
    PrefixIndex(String name, List<IndexKey> keys, boolean sparse) {
      super(name, keys, sparse);
    }

    @Override
    public boolean canHandle(Document query) {
      return query.keySet().containsAll(keySet()) && super.canHandle(keysOf(query));
    }

    @Override
    public Iterable<Integer> getPositions(Document query) {
      return super.getPositions(keysOf(query));
    }

    private Document keysOf(Document query) {
      Document keys = new Document();
      for (String key : keys()) keys.put(key, query.get(key));
      return keys;
    }
  }

  private static final class Database extends MemoryDatabase {
    Database(String name, CursorRegistry cursors) {
      super(name, cursors);
    }

    @Override
    protected Index<Integer> openOrCreateUniqueIndex(
        String collection, String name, List<IndexKey> keys, boolean sparse) {
      return new PrefixIndex(name, keys, sparse);
    }
  }

  private static final class Backend extends MemoryBackend {
    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
      return new Database(name, getCursorRegistry());
    }
  }

  public static void main(String[] arguments) {
    // Commands of several event loops are not isolated from one another: findOneAndUpdate could answer two callers with
    // the same value. Netty reads the property when its classes are loaded, so it comes before everything else.
    System.setProperty("io.netty.eventLoopThreads", "1");
    MongoServer server = new MongoServer(new Backend().version(new Mongo5()));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    System.out.println("listening on 127.0.0.1:" + arguments[0]);
  }
}
