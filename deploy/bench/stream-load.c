// Load of streamed requests on llm.request -> llm.delta -> llm.response over NATS, and what came of it.
// usage: stream-load URL [CHANNELS=256] [ROUNDS=1] [SECONDS=60]
// Every channel has one request in flight, ROUNDS of them one after the other. Deltas must be numbered without a gap and join
// to the answer's content. SECONDS bounds the wait for the last answer. Prints one JSON line; ends with 1 where something is
// wrong. A first delta that begins with "@NANOSECONDS" (CLOCK_MONOTONIC) says when the provider sent it.
#include <nats/nats.h>
#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct { int round, waiting, seq, wrong; char *text; size_t len, cap; } slot;
static natsConnection *nc; static slot *slots; static int channels, rounds; static char prefix[32];
static pthread_mutex_t mu=PTHREAD_MUTEX_INITIALIZER;
static long answered, deltas, tokens, errors, wrong, stray; static float *late; static long nlate, maxlate;

static long long now(void){ struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); return t.tv_sec*1000000000ll+t.tv_nsec; }
static int cmp(const void*a,const void*b){ float x=*(const float*)a,y=*(const float*)b; return x<y?-1:x>y; }
static int words(const char*p){ int n=0,in=0; for(;*p;p++){ int s=*p==' '||*p=='\n'; if(!s&&!in) n++; in=!s; } return n; }

static void ask(int i){ slot*s=slots+i; char b[256]; s->waiting=1; s->seq=0; s->len=0; s->wrong=0;
  int n=snprintf(b,sizeof b,"{\"action\":\"chat\",\"channel_id\":\"%s%d-%d\",\"message\":\"Hi\",\"request_id\":\"%s%d-%d\",\"stream\":true}",prefix,i,s->round,prefix,i,s->round);
  natsConnection_Publish(nc,"llm.request",b,n); }

// One subscription for all of llm.*, so that deltas and answers come in their order.
static void on_msg(natsConnection*c,natsSubscription*sub,natsMsg*m,void*x){
  (void)c; (void)sub; (void)x; const char*subject=natsMsg_GetSubject(m); long long at=now();
  if(!strcmp(subject,"llm.request")){ natsMsg_Destroy(m); return; }
  cJSON*r=cJSON_ParseWithLength(natsMsg_GetData(m),natsMsg_GetDataLength(m));
  const char*id=cJSON_GetStringValue(cJSON_GetObjectItem(r,"request_id")); int i,round; size_t l=strlen(prefix);
  pthread_mutex_lock(&mu);
  if(!id||strncmp(id,prefix,l)||sscanf(id+l,"%d-%d",&i,&round)!=2||i<0||i>=channels||slots[i].round!=round||!slots[i].waiting) stray++;
  else { slot*s=slots+i; const char*t=cJSON_GetStringValue(cJSON_GetObjectItem(r,"content"));
    if(!strcmp(subject,"llm.delta")){ size_t k=t?strlen(t):0; cJSON*q=cJSON_GetObjectItem(r,"seq");
      if(!k||!cJSON_IsNumber(q)||q->valueint!=s->seq) s->wrong=1;
      if(!s->seq&&k>1&&t[0]=='@'&&nlate<maxlate) late[nlate++]=(at-atoll(t+1))*1e-6f;
      if(s->len+k+1>s->cap){ s->cap=(s->len+k+1)*2; s->text=realloc(s->text,s->cap); }
      if(k) memcpy(s->text+s->len,t,k+1); s->len+=k; s->seq++; deltas++; }
    else { if(!strcmp(subject,"llm.error")) errors++;
      else { answered++; if(t) tokens+=words(t); if(s->wrong||!t||!s->seq||strcmp(t,s->text)) wrong++; }
      s->waiting=0; if(++s->round<rounds) ask(i); } }
  pthread_mutex_unlock(&mu); cJSON_Delete(r); natsMsg_Destroy(m); }

int main(int argc,char**argv){
  if(argc<2) return 64;
  channels=argc>2?atoi(argv[2]):256; rounds=argc>3?atoi(argv[3]):1; double limit=argc>4?atof(argv[4]):60;
  snprintf(prefix,sizeof prefix,"s%d-",getpid()); slots=calloc(channels,sizeof *slots); maxlate=(long)channels*rounds; late=malloc(sizeof(float)*maxlate);
  natsOptions*o; natsOptions_Create(&o); natsOptions_SetURL(o,argv[1]); natsOptions_SetSendAsap(o,true);
  if(natsConnection_Connect(&nc,o)!=NATS_OK) return 2;
  natsSubscription*s; natsConnection_Subscribe(&s,nc,"llm.*",on_msg,NULL); natsSubscription_SetPendingLimits(s,-1,-1); natsConnection_Flush(nc);
  long long start=now(); long all=(long)channels*rounds,done;
  pthread_mutex_lock(&mu); for(int i=0;i<channels;i++) ask(i); pthread_mutex_unlock(&mu);
  do { usleep(1000); pthread_mutex_lock(&mu); done=answered+errors; pthread_mutex_unlock(&mu); } while(done<all&&now()-start<limit*1e9);
  double seconds=(now()-start)*1e-9; pthread_mutex_lock(&mu); qsort(late,nlate,sizeof(float),cmp);
  printf("{\"requests\":%ld,\"tokens\":%ld,\"deltas\":%ld,\"errors\":%ld,\"wrong\":%ld,\"lost\":%ld,\"stray\":%ld,\"seconds\":%.3f,\"tokens_per_s\":%.0f,\"first_delta_ms_p50\":%.3f,\"first_delta_ms_p99\":%.3f}\n",
    all,tokens,deltas,errors,wrong,all-answered-errors,stray,seconds,tokens/seconds,nlate?late[nlate/2]:0,nlate?late[(long)(nlate*0.99)]:0);
  return errors||wrong||answered<all; }
