// The HTML that each page of the browser begins with: the words and settings of the page as data, its module, and what
// stands there before the module runs or where no script may run.
import { Eta } from 'eta'
import type { Sentences } from '../words/sentences.js'

/** A part of the data that the server gives to the module of a page; `browser/kit/page.ts` reads it. */
export interface PageData {
  locale: string
  /** The languages that a reader can choose, each with its own name. */
  languages: Record<string, string>
  words: Record<string, string>
  /** From the page to the base of the service, like `../`. */
  base: string
  brand: { name: string; logo: string | null; footer: string; footerUrl: string }
}

/** The settings of the page of an invited person. */
export interface LandingSettings {
  /** Where “Continue” leads; empty where the page ends. */
  acceptUrl: string
  /** Whether there is the page of the inviter. */
  inviterPage: boolean
  /** Whether the service sends e-mail. */
  mails: boolean
}

/** The settings of the page of mailed links. */
export interface AccountSettings {
  inviterPage: boolean
}

/** The settings of the page of the inviter. */
export interface InviterSettings {
  /** Whether everybody may make an account, or people who accept an invite: `open`, `invite-only`. */
  registration: string
  /** Most invites that one call may change. */
  patchCap: number
  /** Whether messages of a medium have a carrier. */
  carriers: { email: boolean; sms: boolean }
}

/** The settings of the mailbox of the developer. */
export interface MailboxSettings {
  /** The media whose messages are shown; those of another one leave this machine. */
  media: { email: boolean; sms: boolean }
  inviterPage: boolean
}

export interface PageHtml {
  words: Sentences
  /** The title, without the name of the service. */
  heading: string
  data: PageData
  /** The addresses of the files, relative to the page. */
  module: string
  styles: string[]
  /** The sentence for a browser without JavaScript. */
  withoutScript: string
}

const template = `<!doctype html>
<html lang="<%= it.words.locale %>" dir="<%= it.words.direction %>">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="robots" content="noindex" />
    <meta property="og:title" content="<%= it.title %>" />
    <meta property="og:site_name" content="<%= it.data.brand.name %>" />
    <title><%= it.title %></title>
    <link rel="icon" href="<%= it.data.brand.logo ?? 'data:,' %>" />
    <% for (const style of it.styles) { %><link rel="stylesheet" href="<%= style %>" />
    <% } %>
    <script type="module" src="<%= it.module %>"></script>
  </head>
  <body>
    <div id="app">
      <header class="top"><p class="brand"><% if (it.data.brand.logo) { %>\
<img src="<%= it.data.brand.logo %>" alt="" /><% } %><%= it.data.brand.name %></p></header>
      <noscript><main class="card"><h1><%= it.heading %></h1><p><%= it.withoutScript %></p></main></noscript>
    </div>
    <script type="application/json" id="page"><%~ it.json %></script>
  </body>
</html>
`

const eta = new Eta({ autoTrim: false })
const render = eta.compile(template)

/** Every text is escaped, and in the data each `<`, which would end its element. */
export const pageHtml = (page: PageHtml): string =>
  eta.render(render, {
    ...page,
    title: `${page.heading} · ${page.data.brand.name}`,
    json: JSON.stringify(page.data).replaceAll('<', '\\u003c')
  })
