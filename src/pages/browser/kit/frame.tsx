// The header and the footer of every page.
import { brand, languages, locale, words } from './page.js'

export const Header = () => (
  <header class="top">
    <p class="brand">
      {brand.logo && <img src={brand.logo} alt="" />}
      {brand.name}
    </p>
    <div id="top-end" />
  </header>
)

/** The same page in another language. The fragment stays: it has the secret of a link. */
function chooseLanguage(tag: string): void {
  const url = new URL(location.href)
  url.searchParams.set('lang', tag)
  location.replace(url.href)
}

export const Footer = () => (
  <footer class="bottom">
    {brand.footer && (brand.footerUrl ? <a href={brand.footerUrl}>{brand.footer}</a> : <span>{brand.footer}</span>)}
    {Object.keys(languages).length > 1 && (
      <label>
        <span class="unseen">{words.say('page.language')}</span>
        <select class="small" value={locale} onChange={(event) => chooseLanguage(event.currentTarget.value)}>
          {Object.entries(languages).map(([tag, name]) => (
            <option value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </label>
    )}
  </footer>
)
