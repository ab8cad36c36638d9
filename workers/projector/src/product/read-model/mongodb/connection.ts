import { type Db, MongoAPIError, MongoClient, MongoError } from 'mongodb';
import { ReadModelError } from '../read-model.ts';

export interface ConnectionOptions {
  url: string;
  database: string;
  /** How long to look for a server that answers. */
  serverSelectionTimeoutMs: number;
  /** How long a server may take to answer. */
  answerTimeoutMs: number;
}

export interface Connection {
  /** Runs operations, connected first if need be; a server that is away or refuses makes it `UNAVAILABLE`. */
  run<T>(operations: (database: Db) => Promise<T>): Promise<T>;
  /** Ends what runs. */
  close(): Promise<void>;
}

/** A connection that needs no server to begin with, and comes back when the server does. */
export function createConnection(options: ConnectionOptions): Connection {
  const client = new MongoClient(options.url, {
    appName: 'tributary-read-model',
    serverSelectionTimeoutMS: options.serverSelectionTimeoutMs,
    // What the driver's monitor waits for too: a server that is busy for a second is not away.
    connectTimeoutMS: options.answerTimeoutMs,
    socketTimeoutMS: options.answerTimeoutMs,
    waitQueueTimeoutMS: options.answerTimeoutMs,
    readPreference: 'primary',
    readConcern: { level: 'majority' },
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: options.answerTimeoutMs },
    useBigInt64: true,
  });
  const database = client.db(options.database);
  let connected: Promise<unknown> | null = null;
  let closed = false;

  // The driver connects by itself once only: if that fails, all operations fail from then on with "Topology is closed".
  function connect(): Promise<unknown> {
    connected ??= client.connect().catch((error) => {
      connected = null;
      throw error;
    });
    return connected;
  }

  return {
    async run(operations) {
      if (closed) throw new ReadModelError('UNAVAILABLE', 'the read model is closed');
      try {
        await connect();
        return await operations(database);
      } catch (error) {
        // Closing makes wrong calls of what is under way.
        if (isOutage(error) || (closed && error instanceof MongoError))
          throw new ReadModelError('UNAVAILABLE', 'MongoDB does not answer', { cause: error });
        throw error;
      }
    },
    async close() {
      closed = true;
      await client.close();
    },
  };
}

/** Whatever the server or the way to it is to blame for; wrong calls of the driver are defects. */
function isOutage(error: unknown): boolean {
  return error instanceof MongoError && !(error instanceof MongoAPIError);
}
