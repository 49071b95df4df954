// The demo: sample data and a call to paste, for a developer who has just started the service on their machine.
import type { Config } from '../config.js'
import { run, runOne, type Database } from '../database/statement.js'
import type { Application } from '../declarations.js'
import { isLoopback } from '../schema/is-loopback.js'
import { smtpServer } from '../schema/mail-settings.js'
import { address } from '../schema/text.js'
import { introduction } from './introduction.js'
import { demoAddresses, demoAgent, makeWorld, type Password } from './world.js'

/** Whether a message would leave this machine. The demo people have addresses at example.com, which would bounce. */
const sendsAway = ({ mailFile, mail, sms }: Config) =>
  mailFile === '' &&
  (sms.webhookUrl !== '' || (mail.smtpUrl !== '' && !isLoopback(smtpServer(mail.smtpUrl)?.host ?? '')))

/**
 * Never in production, never on a Postgres that the operator brought, never where other machines can connect, and never
 * where its messages would leave this machine.
 */
export const mayDemonstrate = (config: Config) => {
  const { demo, production, database, host } = config
  return demo && !production && database.url === '' && isLoopback(host) && !sendsAway(config)
}

/** Whether there is no user but the administrator that the configuration made. */
const isEmpty = async (db: Database, adminEmail: string) =>
  (await runOne(
    db,
    `select 1 from users u where not exists (
       select 1 from identity_providers p where p."userId" = u.id and p.type = 'email' and p.token = $1
     ) limit 1`,
    [address(adminEmail)]
  )) === undefined

/**
 * The demo people, with their present names. A user who registered one of these addresses has no demo login, and is
 * left out.
 */
const demoPeople = (db: Database) =>
  run<{ id: string; name: string; email: string }>(
    db,
    `select u.id, u.name, p.token as email
     from identity_providers p join users u on u.id = p."userId"
     where p.type = 'email' and p.token = any($1::text[])
       and exists (select 1 from user_logins l where l."userId" = u.id and l."userAgent" = $2)
     order by p.token`,
    [demoAddresses, demoAgent]
  )

/**
 * Makes the demo world in an empty database, if mayDemonstrate allows it. Call it before clients can register. Returns
 * a function that introduces the world once the service listens; undefined when there is no world. A failure is logged,
 * and the service runs without the demo.
 */
export async function demonstrate(app: Application): Promise<((url: string) => Promise<string>) | undefined> {
  const config = app.get('config')
  if (!mayDemonstrate(config)) return undefined
  const db = app.get('db')
  const tokens = app.get('tokens')
  try {
    const made: Password[] = (await isEmpty(db, config.admin.email))
      ? await makeWorld(db, { deliveryKey: tokens.keyFor('delivery'), carries: app.get('outbox').carries })
      : []
    const people = await demoPeople(db)
    const [first] = people
    if (!first) return undefined
    const passwords = new Map(made.map(({ email, password }) => [email, password]))
    const logins = people.map(({ name, email }) => ({ name, email, password: passwords.get(email) }))
    return async (url) => {
      // Not earlier: the messages of the world have links, and they lead to the address listened on.
      app.get('outbox').wake()
      const pages = { inviter: config.pages.inviter, mailbox: app.get('mailbox') !== undefined }
      return introduction({ url, pages, logins, caller: { name: first.name, token: tokens.sign(first.id) } })
    }
  } catch (error) {
    app.get('logger').warn({ err: error }, 'the demo world was not made')
    return undefined
  }
}
