// A self-signed certificate for tests, made by openssl.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  key: string
  cert: string
  /** The file of the certificate, for NODE_EXTRA_CA_CERTS. */
  file: string
  remove: () => void
}

/** Of the host `localhost` and 127.0.0.1, or of another name. Undefined where there is no openssl. */
export function selfSigned(names = 'DNS:localhost,IP:127.0.0.1'): Certificate | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'certificate-'))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const wanted = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=test', '-addext']
  try {
    execFileSync('openssl', ['req', '-x509', ...wanted, `subjectAltName=${names}`, '-keyout', key, '-out', cert], {
      stdio: 'ignore'
    })
  } catch {
    rmSync(directory, { recursive: true })
    return undefined
  }
  return {
    key: readFileSync(key, 'utf8'),
    cert: readFileSync(cert, 'utf8'),
    file: cert,
    remove: () => rmSync(directory, { recursive: true })
  }
}
