// Several processes of the service behind one port, as node:cluster shares it out.
import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'

cluster.setupPrimary({ exec: fileURLToPath(new URL('../src/index.js', import.meta.url)) })
const workers = Array.from({ length: Number(process.env['BENCH_PROCESSES']) }, () => cluster.fork())

process.once('SIGTERM', () => {
  for (const worker of workers) worker.process.kill('SIGTERM')
})
let running = workers.length
cluster.on('exit', (_worker, code) => {
  running--
  if (running === 0) process.exit(code)
})
