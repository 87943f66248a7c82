import type * as NodeModule from 'node:module';

/** A message of TensorFlow's protocol, with setters as google-protobuf generates them: `setName`, `addTags`. */
export interface Message {
  [setter: `${'set' | 'add'}${string}`]: (value: unknown) => void;
  serializeBinary(): Uint8Array;
}

type MessageClass<Inner extends string = never> = (new() => Message) & {[inner in Inner]: new() => Message};

/** The messages of tfjs-node's `dist/proto/api_pb.js` that a SavedModel is made of. */
export interface Messages {
  GraphDef: MessageClass;
  NodeDef: new() => Message & {getAttrMap(): {set(name: string, value: Message): void}};
  AttrValue: MessageClass<'ListValue'>;
  TensorShape: MessageClass<'Dim'>;
  Tensor: MessageClass;
  VersionDef: MessageClass;
  MetaGraphDef: MessageClass<'MetaInfoDef'>;
  SavedModel: MessageClass;
}

let loaded: Messages | null | undefined;

/** tfjs-node's own messages; null where they cannot be loaded. */
export function loadMessages(): Messages | null {
  if (loaded === undefined) loaded = find();
  return loaded;
}

/** From the copy of tfjs-node that the program runs, so that no second one is needed. */
function find(): Messages | null {
  const modules = nodeModule<typeof NodeModule>('module');
  if (!modules) return null;
  const {_cache: cache} = modules as unknown as {_cache: {[file: string]: unknown}};
  const running = Object.keys(cache).find(file => /tfjs-node(-gpu)?[\\/]dist[\\/]index\.js$/.test(file));
  for (const base of [running, `${process.cwd()}/package.json`]) {
    if (!base) continue;
    for (const name of ['./proto/api_pb.js', '@tensorflow/tfjs-node/dist/proto/api_pb.js']) {
      try {
        return modules.createRequire(base)(name) as Messages;
      } catch {
        // not there; the next place
      }
    }
  }
  return null;
}

/** A module of Node's own, out of a bundler's sight; null in a page, and before Node 20.16. */
export function nodeModule<T>(name: string): T | null {
  const get = typeof process === 'undefined' ? undefined : process.getBuiltinModule as ((id: string) => unknown) | undefined;
  return (get?.call(process, name) ?? null) as T | null;
}
