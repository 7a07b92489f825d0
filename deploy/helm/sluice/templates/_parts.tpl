{{- define "sluice.labels" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sluice.isShared" -}}
{{- if eq .Values.config.log.kind "jetstream" }}yes{{ end }}
{{- end }}

{{/* The configuration: what the chart decides, and the values' beside it. */}}
{{- define "sluice.config" -}}
listen:
  address: "::"
  port: 8443
admin:
  address: "::"
  port: 9090
tls:
  certificate: /etc/sluice-secret/tls.crt
  key: /etc/sluice-secret/tls.key
{{- if .Values.cluster.ticketKeysSecret }}
  ticket_keys: /etc/sluice-tickets/ticket-keys
{{- end }}
auth:
  keys: /etc/sluice-secret/keys.json
shutdown:
  delay: {{ .Values.shutdown.delaySeconds }}s
  drain: {{ .Values.shutdown.drainSeconds }}s
{{- if eq .Values.config.log.kind "sqlite" }}
log:
  path: /var/lib/sluice/events.db
{{- range $key, $value := .Values.config.log }}
  {{ $key }}: {{ toJson $value }}
{{- end }}
{{- else }}
log: {{ toJson .Values.config.log }}
{{- end }}
{{- range $key, $value := .Values.config }}
{{- if ne $key "log" }}
{{ $key }}: {{ toJson $value }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sluice.pod" -}}
metadata:
  labels:
    {{- include "sluice.labels" . | nindent 4 }}
  annotations:
    checksum/config: {{ include "sluice.config" . | sha256sum }}
    prometheus.io/scrape: "true"
    prometheus.io/port: "9090"
spec:
  {{- if include "sluice.isShared" . }}
  # One machine, or one zone, should not take several of them. It is a wish: while pods are replaced there is one more of
  # them than there may be machines.
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "sluice.labels" $ | nindent 10 }}
    {{- end }}
  {{- end }}
  enableServiceLinks: false
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: {{ add .Values.shutdown.delaySeconds .Values.shutdown.drainSeconds 10 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: sluice
      image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: ["serve", "--config", "/etc/sluice/sluice.yaml"]
      env:
        # The configuration says it; the image's own variables would be stronger.
        - name: SLUICE_ADMIN_ADDRESS
          value: "::"
        - name: SLUICE_ADMIN_PORT
          value: "9090"
      ports:
        - name: https
          containerPort: 8443
        - name: admin
          containerPort: 9090
      # A large log is looked through before the gateway serves.
      startupProbe:
        httpGet:
          path: /livez
          port: admin
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet:
          path: /livez
          port: admin
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet:
          # With a log that all share, trouble of the log is everybody's: it must not take all pods out at once.
          path: {{ if include "sluice.isShared" . }}/readyz?for=streams{{ else }}/readyz{{ end }}
          port: admin
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 2
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: ["ALL"]
      volumeMounts:
        - name: config
          mountPath: /etc/sluice
        - name: secret
          mountPath: /etc/sluice-secret
          readOnly: true
        {{- if .Values.cluster.ticketKeysSecret }}
        - name: tickets
          mountPath: /etc/sluice-tickets
          readOnly: true
        {{- end }}
        {{- if .Values.cluster.natsSecret }}
        - name: nats
          mountPath: /etc/sluice-nats
          readOnly: true
        {{- end }}
        {{- if eq .Values.config.log.kind "sqlite" }}
        - name: log
          mountPath: /var/lib/sluice
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ .Release.Name }}
    # As a folder, not by subPath: what is mounted so is renewed. Mode 0440 keeps it from everybody else.
    - name: secret
      secret:
        secretName: {{ .Values.secretName }}
        defaultMode: 0440
    {{- if .Values.cluster.ticketKeysSecret }}
    - name: tickets
      secret:
        secretName: {{ .Values.cluster.ticketKeysSecret }}
        defaultMode: 0440
    {{- end }}
    {{- if .Values.cluster.natsSecret }}
    - name: nats
      secret:
        secretName: {{ .Values.cluster.natsSecret }}
        defaultMode: 0440
    {{- end }}
{{- end }}
