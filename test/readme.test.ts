// The README says what is: its table is the configuration, its examples run, its list names what is installed.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { inviteKeys } from '../src/services/invite/invite.table.js'
import { configSchema } from '../src/settings.js'
import { person } from './support/people.js'
import { useServer } from './support/server.js'

// Nothing is delivered, or the history of the examples would depend on who was faster.
const server = await useServer({ mailFile: '' })

const root = new URL('../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const json = (path: string): unknown => JSON.parse(read(path))
const readme = read('README.md')
const section = (title: string) => readme.split(/^## /m).find((part) => part.startsWith(title)) ?? ''
const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code ?? '')

interface Outcome {
  failed: boolean
  stdout: string
  stderr: string
}

/** Runs a program at the project's root; what it prints, and whether it failed. */
const run = (file: string, args: string[]) =>
  new Promise<Outcome>((resolve) => {
    execFile(file, args, { cwd: root, timeout: 240_000 }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, stdout, stderr })
    )
  })

const atServer = (code: string) => code.replaceAll('http://127.0.0.1:3030', server.url)
/** Ends at the first call that is refused, and with what it was told. */
const strict = 'set -euo pipefail; curl() { command curl --fail-with-body --no-progress-meter "$@"; }\n'

interface Node {
  properties?: Record<string, Node>
  description?: string
}
interface Setting {
  path: string
  description: string
}

const settings = ({ properties = {} }: Node, prefix = ''): Setting[] =>
  Object.entries(properties).flatMap(([key, node]) =>
    node.properties
      ? settings(node, `${prefix}${key}.`)
      : [{ path: `${prefix}${key}`, description: node.description ?? '' }]
  )

const at = (tree: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], tree)

/** The value of a setting as a reader sees it. */
const shown = (value: unknown) =>
  value === '' || (Array.isArray(value) && value.length === 0) ? 'none' : `\`${String(value)}\``

function configurationTable(): string {
  const names = json('config/custom-environment-variables.json')
  const defaults = json('config/default.json')
  const production = json('config/production.json')
  const rows = settings(configSchema as Node).map(({ path, description }) => {
    const name = at(names, path)
    const other = at(production, path)
    const value = shown(at(defaults, path)) + (other === undefined ? '' : `, in production ${shown(other)}`)
    return `| \`${path}\` | ${typeof name === 'string' ? `\`${name}\`` : '–'} | ${value} | ${description} |`
  })
  return ['| Setting | Environment | Default | |', '|---|---|---|---|', ...rows].join('\n')
}

describe('the README', () => {
  it('has every setting with its environment variable, default and meaning', () => {
    expect(section('Configuration')).toContain(configurationTable())
  })

  it('has an environment variable for each setting of the contract', () => {
    const promised = `DATABASE_URL PORT HOST PUBLIC_URL AUTH_SECRET REGISTRATION GUESTS TRUSTED_PROXIES CORS_ORIGINS
      RATE_LIMIT_FACTOR MAIL_FILE ADMIN_EMAIL ADMIN_PASSWORD`.split(/\s+/)
    for (const name of promised) expect(section('Configuration')).toContain(`\`${name}\``)
  })

  it('says of every dependency why it is there, and of nothing else', () => {
    const { dependencies, devDependencies } = json('package.json') as Record<string, Record<string, string>>
    const named = section('Dependencies')
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .flatMap((line) => line.split(' | ')[0]?.match(/(?<=`)[^` ]+(?=`)/g) ?? [])
    expect(named.toSorted()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).toSorted())
  })

  it('names files and commands that exist', () => {
    const { scripts } = json('package.json') as { scripts: Record<string, string> }
    const commands = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? '')
    expect(commands.filter((name) => !(name in scripts))).toEqual([])
    const tree = section('The tree')
    const folders = readdirSync(new URL('src', root), { withFileTypes: true }).map((entry) =>
      entry.isDirectory() ? `${entry.name}/` : entry.name
    )
    expect(folders.length).toBeGreaterThan(20)
    expect(folders.filter((name) => !tree.includes(` ${name} `))).toEqual([])
    const files = [...readme.matchAll(/`((?:src|config|bench|migrations|test|docs)\/[\w./-]+)`/g)].map(
      ([, path]) => path ?? ''
    )
    expect(files.length).toBeGreaterThan(15)
    expect(files.filter((path) => !existsSync(new URL(path, root)))).toEqual([])
  })

  it('is not alone: SECURITY.md names tests that are there', () => {
    const named = [...read('SECURITY.md').matchAll(/`(test\/[\w.-]+)`/g)].map(([, path]) => path ?? '')
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((path) => !existsSync(new URL(path, root)))).toEqual([])
  })

  it('shows an answer that has the keys of an invite, in their order', () => {
    const [picture = ''] = blocks(readme.split('## ')[0] ?? '', 'json')
    const keys = [...picture.matchAll(/^ {4}"(\w+)":/gm)].map(([, key]) => key)
    expect(keys.length).toBeGreaterThan(8)
    expect(keys).toEqual(inviteKeys.filter((key) => keys.includes(key)))
  })

  it('has the documented call with its placeholders: 401 without a token, a 400 that names them with one', async () => {
    const curl = readme.split('\n').find((line) => line.startsWith('curl --location --globoff --request PATCH')) ?? ''
    const anonymous = await run('bash', ['-c', `${atServer(curl)} --silent`])
    expect(JSON.parse(anonymous.stdout)).toMatchObject({ code: 401, className: 'not-authenticated' })

    const { token } = await person(server)
    const signedIn = await run('bash', ['-c', `${atServer(curl)} --silent --header 'Authorization: Bearer ${token}'`])
    const refusal = JSON.parse(signedIn.stdout) as { code: number; data: { errors: { path: string }[] } }
    expect(refusal.code).toBe(400)
    expect(refusal.data.errors.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['filter.id', 'filter.inviteType', 'filter.user.lastLogin.createdAt', 'filter.updatedAt'])
    )
  })

  it('has examples that run, first in a shell and then from JavaScript', async () => {
    const shell = blocks(section('Call it'), 'sh').join('\n')
    const calls = await run('bash', ['-c', strict + atServer(shell)])
    expect([calls.failed, calls.stdout, calls.stderr]).toEqual([false, expect.anything(), ''])
    for (const outcome of ['"status":"accepted"', '"status":"declined"', '"status":"revoked"', '"action":"resent"']) {
      expect(calls.stdout).toContain(outcome)
    }
    expect(calls.stdout).toContain('"inviterName":"Gwen","targetName":"Choir"')
    const names = await server.db('users').pluck('name')
    expect(names).toEqual(expect.arrayContaining(['Gwen', 'Hugo', 'Jo']))
    expect(await server.db('invites').where({ inviteType: 'friend' }).pluck('status')).toEqual(['accepted'])

    const [script = ''] = blocks(section('Call it'), 'js')
    const said = /1 \d \[ 'created', 'patched', 'resent' \]/
    const heard = /patched [\w-]{36} pending[^]*1 \d \[ 'created', 'patched', 'resent' \]/
    for (const [transport, printed] of [
      ['rest', said],
      ['socket', heard]
    ] as const) {
      const code = atServer(script).replace(`transport: 'rest'`, `transport: '${transport}'`)
      const result = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code])
      expect([result.failed, result.stdout, result.stderr]).toEqual([false, expect.stringMatching(printed), ''])
    }
  }, 600_000)
})
