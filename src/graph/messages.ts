import type * as NodeModule from 'node:module';

/** A message of TensorFlow's protocol with its setters, as google-protobuf generates them. */
interface Message {
  serializeBinary(): Uint8Array;
}

export interface AttrMap {
  set(name: string, value: AttrValue): void;
}

export interface NodeDef extends Message {
  setName(name: string): void;
  setOp(op: string): void;
  setInputList(inputs: string[]): void;
  getAttrMap(): AttrMap;
}

export interface GraphDef extends Message {
  addNode(node: NodeDef): void;
  getNodeList(): NodeDef[];
  setVersions(versions: Message): void;
}

interface TensorShape extends Message {
  addDim(dimension: Message): void;
}

interface ListValue extends Message {
  setIList(values: unknown[]): void;
  setFList(values: unknown[]): void;
  setBList(values: unknown[]): void;
  setTypeList(values: unknown[]): void;
}

export interface AttrValue extends Message {
  setS(text: Uint8Array): void;
  setI(value: number): void;
  setF(value: number): void;
  setB(value: boolean): void;
  setType(dtype: number): void;
  setShape(shape: TensorShape): void;
  setTensor(tensor: Message): void;
  setList(list: ListValue): void;
}

/** The messages of tfjs-node's `dist/proto/api_pb.js` that a SavedModel is made of. */
export interface Messages {
  GraphDef: new() => GraphDef;
  NodeDef: new() => NodeDef;
  AttrValue: (new() => AttrValue) & {ListValue: new() => ListValue};
  TensorShape: (new() => TensorShape) & {Dim: new() => Message & {setSize(size: number): void}};
  Tensor: new() => Message & {
    setDtype(dtype: number): void, setTensorShape(shape: TensorShape): void, setTensorContent(bytes: Uint8Array): void,
  };
  VersionDef: new() => Message & {setProducer(version: number): void};
  MetaGraphDef: (new() => Message & {setMetaInfoDef(info: Message): void, setGraphDef(graph: GraphDef): void}) &
      {MetaInfoDef: new() => Message & {addTags(tag: string): void}};
  SavedModel: new() => Message & {
    setSavedModelSchemaVersion(version: number): void, addMetaGraphs(graph: Message): void,
  };
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
