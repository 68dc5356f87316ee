// The floor for streams: the least a C program can do for llm.request -> provider -> a llm.delta each token -> llm.response.
// No context, no personas, no limits: parse, POST, parse each event, publish, on cnats, libcurl multi and cJSON.
// usage: stream-floor NATS_URL PROVIDER_URL (a /v1/chat/completions)
#include <nats/nats.h>
#include <curl/curl.h>
#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct job { struct job *next; char *channel, *id, *body, *line, *text; size_t len, cap, tlen, tcap; int seq; } job;
static natsConnection *nc; static CURLM *multi; static const char *purl; static struct curl_slist *hdr;
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER; static job *head,*tail; static CURL *pool[20000]; static int npool;

static void append(char**b,size_t*len,size_t*cap,const char*p,size_t k){ if(*len+k+1>*cap){ *cap=(*len+k+1)*2; *b=realloc(*b,*cap); } memcpy(*b+*len,p,k); *len+=k; (*b)[*len]=0; }

static void publish(const char*subject,cJSON*o){ char*b=cJSON_PrintUnformatted(o); natsConnection_Publish(nc,subject,b,strlen(b)); free(b); cJSON_Delete(o); }

static void event(job*j,const char*line){
  if(strncmp(line,"data: ",6)||!strcmp(line+6,"[DONE]")) return;
  cJSON*r=cJSON_Parse(line+6); if(!r) return;
  cJSON*first=cJSON_GetArrayItem(cJSON_GetObjectItem(r,"choices"),0);
  const char*t=cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetObjectItem(first,"delta"),"content"));
  if(t&&*t){ append(&j->text,&j->tlen,&j->tcap,t,strlen(t));
    cJSON*o=cJSON_CreateObject(); cJSON_AddStringToObject(o,"type","llm_delta"); cJSON_AddStringToObject(o,"channel_id",j->channel);
    cJSON_AddStringToObject(o,"request_id",j->id); cJSON_AddNumberToObject(o,"seq",j->seq++); cJSON_AddStringToObject(o,"content",t); publish("llm.delta",o); }
  cJSON_Delete(r); }

static size_t sink(char *p,size_t s,size_t n,void *u){ job*j=u; size_t k=s*n; const char*at=p,*stop=p+k;
  for(const char*e;(e=memchr(at,'\n',stop-at));at=e+1){ append(&j->line,&j->len,&j->cap,at,e-at); if(j->len) event(j,j->line); j->len=0; }
  if(at<stop) append(&j->line,&j->len,&j->cap,at,stop-at);
  return k; }

static void on_req(natsConnection*c,natsSubscription*s,natsMsg*m,void*x){
  (void)c; (void)s; (void)x;
  cJSON *r=cJSON_ParseWithLength(natsMsg_GetData(m),natsMsg_GetDataLength(m)); natsMsg_Destroy(m);
  if(!r) return;
  job *j=calloc(1,sizeof *j);
  j->channel=strdup(cJSON_GetStringValue(cJSON_GetObjectItem(r,"channel_id"))); j->id=strdup(cJSON_GetStringValue(cJSON_GetObjectItem(r,"request_id")));
  cJSON *o=cJSON_CreateObject(); cJSON_AddStringToObject(o,"model","gpt-4"); cJSON_AddBoolToObject(o,"stream",1);
  cJSON *ms=cJSON_AddArrayToObject(o,"messages"); cJSON *q=cJSON_CreateObject(); cJSON_AddItemToArray(ms,q);
  cJSON_AddStringToObject(q,"role","user"); cJSON_AddStringToObject(q,"content",cJSON_GetStringValue(cJSON_GetObjectItem(r,"message")));
  j->body=cJSON_PrintUnformatted(o); cJSON_Delete(o); cJSON_Delete(r);
  pthread_mutex_lock(&mu); if(tail) tail->next=j; else head=j; tail=j; pthread_mutex_unlock(&mu);
  curl_multi_wakeup(multi);
}

int main(int argc,char**argv){
  if(argc<3) return 64;
  purl=argv[2]; curl_global_init(CURL_GLOBAL_ALL); multi=curl_multi_init();
  hdr=curl_slist_append(NULL,"Content-Type: application/json"); hdr=curl_slist_append(hdr,"Expect:");
  natsOptions*no; natsOptions_Create(&no); natsOptions_SetURL(no,argv[1]); natsOptions_SetSendAsap(no,getenv("ASAP")!=NULL);
  if(natsConnection_Connect(&nc,no)!=NATS_OK) return 2;
  natsSubscription*sub; natsConnection_QueueSubscribe(&sub,nc,"llm.request","floor",on_req,NULL); natsSubscription_SetPendingLimits(sub,-1,-1);
  curl_multi_setopt(multi,CURLMOPT_MAXCONNECTS,20000L);
  for(;;){
    int running; pthread_mutex_lock(&mu); job*j=head; head=tail=NULL; pthread_mutex_unlock(&mu);
    while(j){ job*nx=j->next; CURL*h=npool?pool[--npool]:curl_easy_init();
      curl_easy_setopt(h,CURLOPT_URL,purl); curl_easy_setopt(h,CURLOPT_HTTPHEADER,hdr); curl_easy_setopt(h,CURLOPT_POSTFIELDS,j->body);
      curl_easy_setopt(h,CURLOPT_WRITEFUNCTION,sink); curl_easy_setopt(h,CURLOPT_WRITEDATA,j); curl_easy_setopt(h,CURLOPT_PRIVATE,j); curl_easy_setopt(h,CURLOPT_NOSIGNAL,1L);
      curl_multi_add_handle(multi,h); j=nx; }
    curl_multi_perform(multi,&running);
    int left; CURLMsg*msg; while((msg=curl_multi_info_read(multi,&left))) if(msg->msg==CURLMSG_DONE){
      CURL*h=msg->easy_handle; job*d; curl_easy_getinfo(h,CURLINFO_PRIVATE,&d); curl_multi_remove_handle(multi,h); pool[npool++]=h;
      cJSON*o=cJSON_CreateObject(); cJSON_AddStringToObject(o,"type","llm_response"); cJSON_AddStringToObject(o,"channel_id",d->channel);
      cJSON_AddStringToObject(o,"request_id",d->id); cJSON_AddStringToObject(o,"content",d->text?d->text:""); publish("llm.response",o);
      free(d->line); free(d->text); free(d->body); free(d->channel); free(d->id); free(d); }
    curl_multi_poll(multi,NULL,0,1000,NULL);
  }
}
