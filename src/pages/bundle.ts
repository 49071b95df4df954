// The files that pages load: the modules of src/pages/browser/, bundled, and the style sheet. In a checkout esbuild makes
// them at the first request; `npm run build` writes them beside the compiled service, which then needs no esbuild.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The pages with a module of their own: `src/pages/browser/<name>/main.tsx`. */
export const pageNames = ['landing', 'account', 'invites', 'mailbox'] as const
export type PageName = (typeof pageNames)[number]

/** The names of the files that a page loads. */
export interface PageFiles {
  module: string
  style: string
}

export interface Bundle {
  pages: Record<PageName, PageFiles>
  /** The style sheet alone, for pages without a module. */
  style: string
  /** The files by name. Each name has a hash of its content, so a copy is good for ever. */
  files: Record<string, string>
}

const here = fileURLToPath(new URL('.', import.meta.url))
const source = join(here, 'browser')
/** `npm run build` writes it. */
const builtFile = join(here, 'bundle.json')

/** The oldest browsers whose syntax esbuild writes: those of five years ago. */
const target = ['chrome95', 'firefox94', 'safari15']

/** One run of esbuild. `splitting` puts what is imported when it is needed into files of its own. */
async function runOf(entryPoints: Record<string, string>, splitting: boolean) {
  const { build } = await import('esbuild')
  return build({
    entryPoints,
    outdir: 'assets',
    entryNames: '[name]-[hash]',
    chunkNames: 'shared-[hash]',
    bundle: true,
    splitting,
    format: 'esm',
    minify: true,
    target,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    write: false,
    metafile: true,
    logLevel: 'silent'
  })
}

/** The page whose parts load when they are needed. The others are small, and each is one file: one way to the server. */
const splitPage: PageName = 'invites'

/** Bundles the modules in `directory`. Takes about 0.1 s. */
async function bundleOf(directory: string): Promise<Bundle> {
  const entryOf = (name: PageName) => [name, join(directory, name, 'main.tsx')] as const
  const small = pageNames.filter((name) => name !== splitPage).map(entryOf)
  const runs = await Promise.all([
    runOf(Object.fromEntries([...small, ['style', join(directory, 'kit', 'style.css')]]), false),
    runOf(Object.fromEntries([entryOf(splitPage)]), true)
  ])
  const outputs = runs.flatMap(({ metafile }) => Object.entries(metafile.outputs))
  const outputOf = (source: string): PageFiles => {
    const found = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith(source))
    if (!found) throw new Error(`esbuild made nothing of ${source}`)
    const [path, { cssBundle }] = found
    return { module: basename(path), style: basename(cssBundle ?? path) }
  }
  const files = runs.flatMap(({ outputFiles }) => outputFiles)
  return {
    pages: Object.fromEntries(pageNames.map((name) => [name, outputOf(`/${name}/main.tsx`)])) as Bundle['pages'],
    style: outputOf('/kit/style.css').style,
    files: Object.fromEntries(files.map(({ path, text }) => [basename(path), text]))
  }
}

let made: Promise<Bundle> | undefined

/** The bundle of this process: that of the build, else made from the sources. */
export const bundle = (): Promise<Bundle> =>
  (made ??= existsSync(source)
    ? bundleOf(source)
    : readFile(builtFile, 'utf8').then((text) => JSON.parse(text) as Bundle))

/** Bundles the sources in `from`, and writes the bundle into `directory`, that of the compiled pages. */
export async function writeBundle(from: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, basename(builtFile)), JSON.stringify(await bundleOf(from)))
}

/** A short hash of a content, for the name of a file. */
export const hashOf = (content: string | Buffer) =>
  createHash('sha256').update(content).digest('base64url').slice(0, 10)
