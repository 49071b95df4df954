// `npm run build` runs this after the compiler: it bundles the modules of the pages, and writes them beside the compiled
// service.
import { fileURLToPath } from 'node:url'
import { writeBundle } from '../pages/bundle.js'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

await writeBundle(at('../../../src/pages/browser'), at('../pages'))
