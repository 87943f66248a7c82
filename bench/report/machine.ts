import os from 'node:os';

/** What the figures were measured on. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGB: number;
  system: string;
  node: string;
}

export function machine(): Machine {
  const processors = os.cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown', cores: processors.length,
    memoryGB: Math.round(os.totalmem() / 1e9), system: `${os.type()} ${os.arch()}`, node: process.versions.node,
  };
}
