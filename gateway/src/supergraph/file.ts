import { readFile, stat } from 'node:fs/promises';
import { type Logger, StartError, startRecurring } from '@tributary/service';
import { SupergraphError } from './supergraph-error.ts';

/** A file with a supergraph in it, which may be replaced while the gateway runs. */
export interface SupergraphFile {
  /** What it held when it was opened. */
  readonly sdl: string;
  follow(options: FollowOptions): FollowedFile;
}

export interface FollowOptions {
  /** Takes what the file holds now. @throws SupergraphError */
  load(sdl: string): void;
  /** Told when the file could not be read. */
  onUnreadable(): void;
  readonly logger: Logger;
  /** From one look at the file to the next, in milliseconds. Default 2000. */
  readonly everyMs?: number;
}

export interface FollowedFile {
  /** Loads what the file holds, whether it has changed or not. */
  reload(): void;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 2_000;

/**
 * Opens a file to begin with and to follow. It is looked at by its path again and again, since editors and Kubernetes
 * do not write into a file but put another one in its place.
 * @throws StartError SUPERGRAPH_UNREADABLE
 */
export async function openSupergraphFile(path: string): Promise<SupergraphFile> {
  let known = '';
  let sdl: string;

  /** What tells a file from the one before, without reading it. */
  async function stampOf(): Promise<string> {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  }

  /** In this order: a change between the two is seen again at the next look, rather than never. */
  async function read(stamp: string): Promise<string> {
    const text = await readFile(path, 'utf8');
    known = stamp;
    return text;
  }

  try {
    sdl = await read(await stampOf());
  } catch (error) {
    throw new StartError('SUPERGRAPH_UNREADABLE', `the supergraph cannot be read: ${(error as Error).message}`);
  }

  return {
    sdl,
    follow({ load, onUnreadable, logger, everyMs = LOOK_EVERY_MS }) {
      let isWanted = false;
      let changed = '';
      let unreadable = '';

      async function look(): Promise<void> {
        const isForced = isWanted;
        isWanted = false;
        let text: string;
        try {
          const stamp = await stampOf();
          const isWritten = stamp === changed;
          changed = stamp;
          // One that is being written is half of a supergraph: it has to stay as it is from one look to the next.
          if (!isForced && (stamp === known || !isWritten)) return;
          text = await read(stamp);
          unreadable = '';
        } catch (error) {
          const { message } = error as Error;
          // It stays away for as long as somebody needs to bring it back.
          if (message === unreadable && !isForced) return;
          unreadable = message;
          known = '';
          onUnreadable();
          logger.error({ path, reason: message }, 'the supergraph cannot be read; the one before serves on');
          return;
        }
        try {
          load(text);
        } catch (error) {
          if (!(error instanceof SupergraphError)) throw error;
          const { code, message } = error;
          logger.error({ path, code, reason: message }, 'the supergraph cannot be loaded; the one before serves on');
        }
      }

      const looking = startRecurring({
        run: look,
        everyMs,
        onFailure: (error) => logger.error({ err: error, path }, 'the supergraph was not looked at'),
      });
      return {
        reload() {
          isWanted = true;
          looking.soon();
        },
        stop: () => looking.stop(),
      };
    },
  };
}
